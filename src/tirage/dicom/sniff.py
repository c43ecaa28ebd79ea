"""What a file that is not DICOM looks like, so that the person who sees it knows what went wrong."""

_SIGNATURES = (
    (b"%PDF", "PDF document"),
    (b"PK\x03\x04", "ZIP archive"),
    (b"PK\x05\x06", "ZIP archive"),
    (b"\x1f\x8b", "gzip file"),
    (b"7z\xbc\xaf\x27\x1c", "7z archive"),
    (b"Rar!", "RAR archive"),
    (b"BZh", "bzip2 file"),
    (b"\xfd7zXZ", "xz file"),
    (b"\x28\xb5\x2f\xfd", "zstd file"),
    (b"\xff\xd8\xff", "JPEG image"),
    (b"\x89PNG", "PNG image"),
    (b"GIF8", "GIF image"),
    (b"BM", "BMP image"),
    (b"II*\0", "TIFF image"),
    (b"MM\0*", "TIFF image"),
    (b"\0\0\0\x0cjP  ", "JPEG 2000 image"),
    (b"\xff\x4f\xff\x51", "JPEG 2000 codestream"),
    (b"\x7fELF", "ELF program"),
    (b"MZ", "Windows program"),
    (b"{\\rtf", "RTF document"),
    (b"\xd0\xcf\x11\xe0", "Office document"),
    (b"\x5c\x01\0\0", "NIfTI image"),
    (b"\x89HDF", "HDF5 file"),
    (b"SQLite format 3", "SQLite database"),
)


def kind_of(start: bytes, size: int) -> str:
    """A few words for the kind of file its first bytes belong to; `unknown` when nothing fits."""
    if not size:
        return "empty file"
    for signature, name in _SIGNATURES:
        if start.startswith(signature):
            return name
    head = start[:512].lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if head.startswith((b"<!doctype html", b"<html")):
        return "HTML page"
    if head.startswith(b"<"):
        return "XML document"
    if head.startswith((b"{", b"[")):
        return "JSON text"
    if head and not head.strip(b"\0"):
        return "zeros"
    if head and all(32 <= byte < 127 or byte in b"\r\n\t\f" for byte in head):
        return "text"
    return "unknown"
