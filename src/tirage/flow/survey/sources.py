"""Objects to survey: files of a folder, or those of a node's catalogue."""

from collections.abc import Iterator, Sequence

from tirage.dicom.elements import FileSource, Malformed, read_header
from tirage.dicom.json import to_json
from tirage.flow.survey.facts import Facts


def from_files(paths: Sequence[str]) -> Iterator[Facts | None]:
    """Each file's facts; None for one that cannot be read as DICOM."""
    for path in paths:
        with FileSource.open(path) as source:
            try:
                header = read_header(source, allow_bare=True)
            except Malformed:
                yield None
                continue
            yield Facts(to_json(header), header.transfer_syntax)
