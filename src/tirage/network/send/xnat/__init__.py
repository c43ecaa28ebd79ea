"""Delivery into a project of XNAT: a session for each study, the lists as a resource of the project."""
