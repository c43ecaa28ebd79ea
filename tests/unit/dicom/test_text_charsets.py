"""Character sets: what the standard's examples say, and what cannot be read is never taken for clean."""

import warnings

import pytest
from pydicom.charset import decode_bytes

from tirage.dicom.charsets import charset_of


@pytest.mark.parametrize(
    ("declared", "value", "text"),
    [
        (b"", b"plain", "plain"),
        (b"ISO_IR 100", b"Buc^J\xe9r\xf4me", "Buc^Jérôme"),
        (b"ISO_IR 144", b"\xbb\xee\xda\x63\x65\xdc\xd1\x79\x70\xd3", "Люк\x63\x65мб\x79\x70г"),
        (b"ISO_IR 192", "Wang^小東".encode(), "Wang^小東"),
        (b"GB18030", b"Wang^\xd0\xa1\xb6\xab", "Wang^小东"),
        # PS3.5 H.3.1, H.3.2, I.2
        (
            b"\\ISO 2022 IR 87",
            b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B",
            "Yamada^Tarou=山田^太郎",
        ),
        (
            b"ISO 2022 IR 13\\ISO 2022 IR 87",
            b"\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J",
            "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎",
        ),
        (
            b"\\ISO 2022 IR 149",
            b"Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7",
            "Hong^Gildong=洪^吉洞",
        ),
        (b"\\ISO 2022 IR 58", b"Zhang=\x1b$)A\xd5\xc5^\x1b$)A\xd0\xa1\xb6\xab", "Zhang=张^小东"),
    ],
)
def test_the_examples_of_the_standard_are_read(declared, value, text):
    assert charset_of(declared).decode(value) == (text, True)


def test_a_delimiter_byte_within_a_two_byte_character_does_not_end_it():
    # 0x5C, the backslash, is the second byte of this character (JIS X 0208, row 29).
    assert charset_of(b"\\ISO 2022 IR 87").decode(b"\x1b$B=\\\x1b(B") == ("旬", True)


def test_code_extensions_end_at_a_delimiter():
    value = b"\x1b-F\xc4\xe9^\xe9\\\xe9"
    assert charset_of(b"ISO 2022 IR 100\\ISO 2022 IR 126").decode(value) == ("Δι^é\\é", True)


@pytest.mark.parametrize(
    ("declared", "value"),
    [
        (b"", b"M\xfcller"),
        (b"ISO_IR 6", b"M\xfcller"),
        (b"ISO_IR 192", b"M\xfcller"),
        (b"ISO 2022 IR 999", b"M\xfcller"),
        (b"ISO_IR 100\\ISO 2022 IR 999", b"M\xfcller"),
        (b"ISO 2022 IR 6\\ISO 2022 IR 87", b"\x1b$B\xff\xff"),
        (b"ISO 2022 IR 6\\ISO 2022 IR 87", b"\x1b(Zname"),
        (b"ISO_IR 100", b"\x1b-Fname"),
    ],
)
def test_what_does_not_fit_is_read_somehow_and_never_clean(declared, value):
    text, is_clean = charset_of(declared).decode(value)
    assert text
    assert not is_clean


@pytest.mark.parametrize(
    "declared", ["ISO_IR 100", "ISO_IR 101", "ISO_IR 126", "ISO_IR 138", "ISO_IR 148", "ISO_IR 166"]
)
def test_single_byte_sets_agree_with_pydicom(declared):
    from pydicom.charset import convert_encodings

    value = bytes(range(0xC0, 0xDB))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = decode_bytes(value, convert_encodings([declared]), set())
    text, is_clean = charset_of(declared.encode()).decode(value)
    assert not is_clean or text == theirs
