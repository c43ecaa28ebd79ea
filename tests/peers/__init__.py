"""Real peers for tests: Orthanc and DCMTK from Debian, pynetdicom, simple real implementations of ours."""
