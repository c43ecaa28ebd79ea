"""What the demo sends: five patients of an invented hospital, and what its archive has got wrong."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tirage.demo.people import person

PATIENTS = 5
TRUNCATED_BYTES = 40_000


@dataclass(frozen=True, slots=True)
class Series:
    """A series to make: `cut_bytes` of its last object's pixels are missing."""

    patient: int
    modality: str
    number: int
    instances: int
    description: str
    rows: int = 512
    columns: int = 512
    cut_bytes: int = 0


def series(seed: int = 1) -> tuple[Series, ...]:
    """The series of the hospital; the comment says where each is meant to end."""
    return (
        # Released: two ordinary patients.
        Series(1, "CT", 1, 2, "Topogram", rows=256),
        Series(1, "CT", 2, 20, "Chest 2.5 B31f"),
        Series(1, "CT", 3, 12, "Chest 5.0 I70f lung"),
        Series(2, "MR", 1, 14, "Ax T1 SE", 256, 256),
        Series(2, "MR", 2, 14, "Ax T2 FSE", 256, 256),
        # Held: the name is burned into the picture, and written in the report.
        Series(3, "US", 1, 3, "Abdomen", 480, 640),
        Series(3, "SR", 2, 1, "Report"),
        # Held: somebody typed the patient's name into the description, which the project keeps.
        Series(4, "CT", 1, 6, "Chest 5.0", 256, 256),
        Series(4, "CT", 2, 2, f"Chest 5.0 repeat {person(4, seed).family}", 256, 256),
        # Rejected: the project did not ask for plain radiographs. Quarantined: pixels are missing.
        Series(5, "DX", 1, 2, "PA"),
        Series(5, "CT", 2, 3, "Chest 5.0", 256, 256, cut_bytes=TRUNCATED_BYTES),
    )


def total(seed: int = 1) -> int:
    """How many objects the hospital holds."""
    return sum(one.instances for one in series(seed))


def write(folder: Path, seed: int = 1) -> Iterator[Path]:
    """The hospital's objects, written into `folder` one by one; the same seed gives the same bytes."""
    from tirage.demo import instances

    folder.mkdir(parents=True, exist_ok=True)
    for one in series(seed):
        for instance in range(1, one.instances + 1):
            content = instances.dataset(
                one.patient,
                1,
                one.number,
                instance,
                modality=one.modality,
                rows=one.rows,
                columns=one.columns,
                seed=seed,
                description=one.description,
            )
            if instance == one.instances and one.cut_bytes:
                content.PixelData = content.PixelData[: -one.cut_bytes]
            path = folder / f"{one.patient}-{one.modality}{one.number}-{instance:03d}.dcm"
            path.write_bytes(instances.encode(content))
            yield path
