"""Real peers for tests: Orthanc and DCMTK from Debian, pynetdicom, and simple real implementations of ours."""
