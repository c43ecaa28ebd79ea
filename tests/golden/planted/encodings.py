"""Ways of writing a text that a reader, or a program, turns back into the same text."""

import base64
import gzip
import zlib
from collections.abc import Callable

Encoder = Callable[[str], bytes]


def _padded(text: str) -> bytes:
    return text.encode().ljust(64, b"\0")


def _gzip(text: str) -> bytes:
    return gzip.compress(text.encode() * 3, mtime=0)


def _raw_deflate(text: str) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(text.encode() * 3) + packer.flush()


def _swapped(text: str) -> bytes:
    data = text.encode()
    data += b" " * (len(data) % 2)
    return b"".join(data[at + 1 : at + 2] + data[at : at + 1] for at in range(0, len(data), 2))


ENCODERS: dict[str, Encoder] = {
    "ASCII": str.encode,
    "padded": _padded,
    "UTF-16LE": lambda text: text.encode("utf-16-le"),
    "UTF-16BE": lambda text: text.encode("utf-16-be"),
    "UTF-16 with mark": lambda text: text.encode("utf-16"),
    "UTF-32": lambda text: text.encode("utf-32-le"),
    "zlib": lambda text: zlib.compress(text.encode() * 3),
    "gzip": _gzip,
    "raw deflate": _raw_deflate,
    "base64": lambda text: base64.b64encode(text.encode() * 2),
    "base64 in lines": lambda text: base64.encodebytes(text.encode() * 6),
    "base64 of zlib": lambda text: base64.b64encode(zlib.compress(text.encode() * 3)),
    "base32": lambda text: base64.b32encode(text.encode()),
    "hexadecimal": lambda text: text.encode().hex().encode(),
    "bytes swapped": _swapped,
    "reversed": lambda text: text[::-1].encode(),
    "EBCDIC": lambda text: text.upper().encode("cp500", "replace"),
    "XML": lambda text: f"<?xml version='1.0'?><p name='{text}'/>".encode(),
    "JSON escapes": lambda text: "".join(f"\\u{ord(letter):04x}" for letter in text).encode(),
    "per cent": lambda text: "".join(f"%{byte:02X}" for byte in text.encode()).encode(),
    "CSA": lambda text: b"SV10\4\3\2\1" + (1).to_bytes(4, "little") + b"M\0\0\0" + _padded(text),
    "spread": lambda text: " ".join(text).encode(),
}
"""Encoders by name; what each makes is undone by `search.views` as far as a reader could."""
