"""Write `policy/tables/codes.csv`: registered codes with the wording of their meaning. Run by hand.

Source: the concepts of PS3.16 inside the pip package `pydicom` (MIT), and its map of retired SNOMED RT
identifiers (SRT) to SNOMED CT (PS3.16 Table O-1). None of them means a person, place or institution.
"""

import csv
import re
from pathlib import Path

from pydicom.sr._concepts_dict import concepts
from pydicom.sr._snomed_dict import mapping

TARGET = Path(__file__).parents[2] / "src/tirage/policy/tables/codes.csv"

QUALIFIER = re.compile(
    r"(?: structure)? \((?:body structure|finding|disorder|procedure|qualifier value|substance)\)$"
)


def main() -> None:
    rows: dict[tuple[str, str], str] = {}
    for scheme, keywords in concepts.items():
        for codes in keywords.values():
            for value, (meaning, _) in codes.items():
                words = QUALIFIER.sub("", meaning.replace("\u200b", ""))
                rows[scheme, value] = min(words, rows.get((scheme, value), words), key=len)
    for retired, current in mapping["SRT"].items():
        if ("SCT", current) in rows:
            rows["SRT", retired] = rows["SCT", current]
    with TARGET.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["scheme", "value", "meaning"])
        writer.writerows((scheme, value, meaning) for (scheme, value), meaning in sorted(rows.items()))


if __name__ == "__main__":
    main()
