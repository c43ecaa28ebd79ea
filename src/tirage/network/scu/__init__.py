"""What this node asks of other DICOM systems, one module for each service; pynetdicom does the talking."""
