"""DICOMweb as a user agent: QIDO-RS and WADO-RS (PS3.18 10), over HTTP that trusts nobody."""
