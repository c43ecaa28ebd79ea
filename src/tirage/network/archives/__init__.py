"""Archives that studies are asked for and fetched from: by DICOM messages, or by DICOMweb."""
