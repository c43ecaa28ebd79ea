"""Write `policy/tables/confidentiality.csv`: PS3.15 Table E.1-1 with its option columns. Run by hand.

The basic column comes from the pip package `dicom-anonymizer` (its table of edition 2026c), the others
from `options.csv` beside this file (see the README of the tables).
"""

import csv
import sys
from pathlib import Path

from dicomanonymizer.dicom_anonymization_databases import dicomfields_2026c as source

HERE = Path(__file__).parent
TARGET = HERE.parents[1] / "src/tirage/policy/tables/confidentiality.csv"
CODES = {
    "D": source.D_TAGS,
    "Z": source.Z_TAGS,
    "X": source.X_TAGS,
    "U": source.U_TAGS,
    "Z/D": source.Z_D_TAGS,
    "X/Z": source.X_Z_TAGS,
    "X/D": source.X_D_TAGS,
    "X/Z/D": source.X_Z_D_TAGS,
    "X/Z/U*": source.X_Z_U_STAR_TAGS,
}
OPTIONS = ("uids", "device", "institution", "patient", "full_dates", "modified_dates")
CLEANING = ("descriptors", "structured", "graphics")


def spelled(tag: tuple[int, ...]) -> str:
    if len(tag) == 2:
        return f"{tag[0]:04X}{tag[1]:04X}"
    group, element, group_mask, element_mask = tag
    if group_mask != 0xFF00:
        sys.exit(f"mask of {tag} is not understood")
    return f"{group >> 8:02X}xx" + (f"{element:04X}" if element_mask == 0xFFFF else "xxxx")


def main() -> None:
    rows = {spelled(tag): code for code, tags in CODES.items() for tag in tags}
    options: dict[str, dict[str, str]] = {}
    with (HERE / "options.csv").open() as stream:
        for row in csv.DictReader(stream):
            options.setdefault(row["tag"], {})[row["option"]] = row["code"]
    if strangers := set(options) - set(rows):
        sys.stderr.write(f"options for tags not in the table: {sorted(strangers)}\n")
    with TARGET.open("w", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["tag", "basic", *OPTIONS, *CLEANING])
        for tag in sorted(rows):
            chosen = options.get(tag, {})
            writer.writerow([tag, rows[tag], *(chosen.get(name, "") for name in (*OPTIONS, *CLEANING))])


if __name__ == "__main__":
    main()
