"""Ways in which systems write a text in other characters and bytes; none of it from the gate's own code."""

import base64
import binascii
import gzip
import quopri
import urllib.parse
import zlib
from collections.abc import Callable


def bytes_of(text: str) -> bytes:
    return text.encode("utf-8")


def _in(text: str, codec: str) -> bytes:
    """The text in a codec, or in UTF-8 when that codec cannot say it."""
    try:
        return text.encode(codec)
    except UnicodeEncodeError:
        return bytes_of(text)


def _xml(text: str, *, numeric: str) -> bytes:
    return "".join(numeric % ord(c) for c in text).encode()


CODINGS: dict[str, Callable[[str], bytes]] = {
    "plain": bytes_of,
    "latin-1": lambda text: _in(text, "latin-1"),
    "utf-16-le": lambda text: text.encode("utf-16-le"),
    "utf-16-be": lambda text: text.encode("utf-16-be"),
    "utf-16 with mark": lambda text: text.encode("utf-16"),
    "utf-32-le": lambda text: text.encode("utf-32-le"),
    "utf-32-be": lambda text: text.encode("utf-32-be"),
    "base64": lambda text: base64.b64encode(bytes_of(text)),
    "base64, url": lambda text: base64.urlsafe_b64encode(bytes_of(f"<<<???{text}>>>")),
    "base64, in XML": lambda text: base64.b64encode(bytes_of(f"<n>{text}</n>")),
    "base64, lines": lambda text: base64.encodebytes(bytes_of(f"{'filler ' * 12}{text}{' filler' * 12}")),
    "base64 of UTF-16": lambda text: base64.b64encode(text.encode("utf-16-le")),
    "hex": lambda text: binascii.hexlify(bytes_of(text)),
    "HEX, capitals": lambda text: binascii.hexlify(bytes_of(text)).upper(),
    "hex, spaced": lambda text: binascii.hexlify(bytes_of(text), " "),
    "hex, escaped": lambda text: "".join(f"\\x{b:02x}" for b in bytes_of(text)).encode(),
    "unicode escapes": lambda text: "".join(f"\\u{ord(c):04x}" for c in text).encode(),
    "quoted-printable": lambda text: quopri.encodestring(bytes_of(f"filler ä ö ü {text} = tail")),
    "quoted-printable, all": lambda text: "".join(f"={b:02X}" for b in bytes_of(text)).encode(),
    "percent": lambda text: urllib.parse.quote(text, safe="").encode(),
    "percent, all": lambda text: "".join(f"%{b:02X}" for b in bytes_of(text)).encode(),
    "entities": lambda text: _xml(text, numeric="&#%d;"),
    "entities, hex": lambda text: _xml(text, numeric="&#x%x;"),
    "zlib": lambda text: zlib.compress(bytes_of(f"<n>{text}</n>")),
    "zlib, stored": lambda text: zlib.compress(bytes_of(f"{text} {text}"), 0),
    "gzip": lambda text: gzip.compress(bytes_of(f"<n>{text}</n>")),
    "deflate": lambda text: zlib.compress(bytes_of(f"<n>{text}</n>"), wbits=-15),
    "zlib in base64": lambda text: base64.b64encode(zlib.compress(bytes_of(f"<n>{text}</n>"))),
    "gzip in base64": lambda text: base64.b64encode(gzip.compress(bytes_of(f"<n>{text}</n>"))),
    "zlib of UTF-16": lambda text: zlib.compress(text.encode("utf-16-le")),
    "base64 in zlib": lambda text: zlib.compress(base64.b64encode(bytes_of(f"<n>{text}</n>"))),
    "hex in zlib": lambda text: zlib.compress(binascii.hexlify(bytes_of(text))),
    "base64 twice": lambda text: base64.b64encode(base64.b64encode(bytes_of(f"<n>{text}</n>"))),
    "percent in base64": lambda text: base64.b64encode(urllib.parse.quote(text, safe="").encode()),
    "PDF stream": lambda text: (
        b"%PDF-1.4\n1 0 obj\n<</Length 99/Filter/FlateDecode>>\nstream\r\n"
        + zlib.compress(b"BT (" + bytes_of(text) + b") Tj ET")
        + b"\nendstream\nendobj\n"
    ),
    "PDF, kerned": lambda text: (
        b"%PDF-1.4\n1 0 obj\n<</Length 99>>\nstream\nBT ["
        + b" ".join(b"(" + bytes_of(c) + b") -20" for c in text)
        + b"] TJ ET\nendstream\nendobj\n"
    ),
    "PDF, hex string": lambda text: (
        b"%PDF-1.4\nstream\nBT <" + binascii.hexlify(bytes_of(text)) + b"> Tj ET\nendstream\n"
    ),
    "reversed": lambda text: bytes_of(text[::-1]),
    "swapped words": lambda text: _swapped(bytes_of(text)),
    "ISO 2022 JP": lambda text: _in(text, "iso2022_jp"),
    "GB18030": lambda text: text.encode("gb18030"),
}
TEXTUAL = frozenset(
    {"base64", "base64, url", "base64, in XML", "base64 of UTF-16", "hex", "HEX, capitals", "hex, spaced"}
    | {"hex, escaped", "unicode escapes", "quoted-printable, all", "percent", "percent, all", "entities"}
    | {"entities, hex", "zlib in base64", "gzip in base64", "base64 twice", "percent in base64", "reversed"}
)
"""Codings that give ASCII without line breaks, fit for a text attribute."""


def _swapped(data: bytes) -> bytes:
    data += b" " * (len(data) % 2)
    return bytes(byte for pair in zip(data[1::2], data[::2], strict=True) for byte in pair)
