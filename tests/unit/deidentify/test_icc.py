"""A colour profile keeps its numbers and nothing else."""

import io
import struct

import pytest

from tirage.deidentify.icc import cleaned_profile

ImageCms = pytest.importorskip("PIL.ImageCms", reason="Pillow is built without LittleCMS")
Image = pytest.importorskip("PIL.Image")

SECRET = b"Perrivan Tamblewick, Ward 7"


def profile() -> bytes:
    """sRGB as LittleCMS makes it, with a maker's name in it and words behind its end."""
    made = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    made[4:8] = made[48:52] = made[80:84] = b"TAMB"
    return bytes(made) + SECRET


def with_text(data: bytes) -> bytes:
    """The profile with a name in its description."""
    return data.replace("sRGB built-in".encode("utf-16-be"), "Perrivan Tamb".encode("utf-16-be"))


def test_colours_are_as_before() -> None:
    before, after = profile(), cleaned_profile(profile())
    assert after is not None
    picture = Image.linear_gradient("L").convert("RGB")
    target = ImageCms.createProfile("LAB")
    seen = [
        ImageCms.applyTransform(
            picture, ImageCms.buildTransform(ImageCms.ImageCmsProfile(io.BytesIO(data)), target, "RGB", "LAB")
        ).tobytes()
        for data in (before, after)
    ]
    assert seen[0] == seen[1]


def test_no_text_maker_or_date_is_left() -> None:
    after = cleaned_profile(with_text(profile()))
    assert after is not None
    for secret in (SECRET, b"TAMB", "Perrivan".encode("utf-16-be"), b"lcms"):
        assert secret not in after
    assert struct.unpack(">I", after[:4])[0] == len(after)
    assert after[24:36] == cleaned_profile(profile())[24:36]  # type: ignore[index]


def test_words_behind_the_samples_of_a_curve_do_not_stay() -> None:
    data = profile()
    count = struct.unpack_from(">I", data, 128)[0]
    place = next(132 + 12 * n for n in range(count) if data[132 + 12 * n :][:4] == b"rTRC")
    longer = data[:place] + b"rTRC" + struct.pack(">II", len(data), 12 + len(SECRET)) + data[place + 12 :]
    after = cleaned_profile(longer + b"curv" + SECRET[:4] + struct.pack(">I", 0) + SECRET)
    assert after is not None
    assert SECRET[:8] not in after


# Named, as a profile says the second in which it was made: workers would collect different tests.
@pytest.mark.parametrize(
    "data",
    [b"", b"text", bytes(200), profile()[:100], profile()[:140]],
    ids=["nothing", "text", "zeros", "cut in its head", "cut in its table"],
)
def test_what_is_no_profile_is_not_kept(data: bytes) -> None:
    assert cleaned_profile(data) is None


def test_profiles_made_of_tables_are_not_kept() -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    assert cleaned_profile(lab) is None
