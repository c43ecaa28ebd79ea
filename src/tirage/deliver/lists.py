"""Which files a release has beside its objects and tables, in the order they are delivered: sums last."""

README, CODEBOOK, RELEASE, CROISSANT = "README.md", "codebook.csv", "release.json", "croissant.json"
STUDIES, SERIES, INSTANCES = "studies.parquet", "series.parquet", "instances.parquet"
LINKER = "IMAGE_LINKER.parquet"
MANIFEST, TABLE, SEAL, SUMS = "manifest.json", "manifest.parquet", "manifest.json.sig", "SHA256SUMS"

_CONTENTS = (README, CODEBOOK, STUDIES, SERIES, INSTANCES, RELEASE, CROISSANT)
_SEALED = (MANIFEST, TABLE, SEAL, SUMS)
_UNSEALED = (MANIFEST, TABLE, SUMS)

LISTS = (LINKER, *_CONTENTS, *_SEALED)
"""Everything a release may have."""

_BY_COUNT = {len(each): each for each in (LISTS, (*_CONTENTS, *_SEALED), _SEALED, _UNSEALED)}


def lists(*, has_linker: bool) -> tuple[str, ...]:
    """What a release made now has; a linker where its project has an extract to link with."""
    return LISTS if has_linker else (*_CONTENTS, *_SEALED)


def named(count: int) -> tuple[str, ...]:
    """The names behind a release's number of lists, which never changes once the release is frozen."""
    return _BY_COUNT[count]
