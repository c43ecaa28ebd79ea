"""Studies that archives of tests hold: two of one patient, one of another, in several transfer syntaxes."""

from dataclasses import dataclass
from pathlib import Path

from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import ImplicitVRLittleEndian, RLELossless

from tests.make import write_instance

DESCRIPTION = "Head and chest"


@dataclass(frozen=True)
class Held:
    """One object of an archive."""

    path: Path
    dataset: Dataset

    @property
    def transfer_syntax(self) -> str:
        return str(self.dataset.file_meta.TransferSyntaxUID)

    @property
    def is_packed(self) -> bool:
        return self.transfer_syntax == RLELossless

    @property
    def encoded(self) -> bytes:
        """The data set as it stands in the file."""
        whole = self.path.read_bytes()
        return whole[144 + int.from_bytes(whole[140:144], "little") :]


def make_studies(folder: Path) -> list[Held]:
    """Eight objects: study 1 with CT (3) and MR (2), study 2 with SR (1), another patient's with CT (2)."""
    paths = [write_instance(folder, 1, 1, 1, number, StudyDescription=DESCRIPTION) for number in (1, 2, 3)]
    paths += [
        write_instance(
            folder,
            *(1, 1, 2, number),
            modality="MR",
            transfer_syntax=ImplicitVRLittleEndian,
            StudyDescription=DESCRIPTION,
        )
        for number in (1, 2)
    ]
    paths.append(write_instance(folder, 1, 2, 1, 1, modality="SR"))
    paths.append(write_instance(folder, 2, 1, 1, 1))
    packed = write_instance(folder, 2, 1, 1, 2)
    content = dcmread(packed)
    content.compress(RLELossless, generate_instance_uid=False)
    content.save_as(packed)
    return [Held(path, dcmread(path)) for path in [*paths, packed]]
