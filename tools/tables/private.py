"""Write `policy/tables/private.csv`: safe private elements whose values are numbers. Run by hand.

Which elements: `safe_private.csv` beside this file (PS3.15 Table E.3.10-1 and a few more that diffusion
imaging needs). Of which VR: the private dictionary of the pip package `pydicom` (MIT). Elements that hold
text, items or blobs, or whose VR nobody knows, are left out: their values could not be judged.
"""

import csv
import sys
from pathlib import Path

from pydicom._private_dict import private_dictionaries

HERE = Path(__file__).parent
TARGET = HERE.parents[1] / "src/tirage/policy/tables/private.csv"
LISTS = {("SIEMENS MR HEADER", "29")}
"""MosaicRefAcqTimes: one value a slice, though the dictionary says one."""
REBUILT = {("SIEMENS CSA HEADER", "10"): ("OB", "1", "CSA Image Header Info")}
"""Not numbers: built anew from the numbers in it (`deidentify/csa.py`)."""
UNLISTED = {
    ("Image Private Header", "09"): ("FD", "1", "B value", ""),
    ("Image Private Header", "37"): ("FD", "3", "Diffusion Gradient Direction", ""),
    ("Image Private Header", "50"): ("DS", "1", "Number of Images in Grid", ""),
}
"""United Imaging, by its conformance statement: pydicom's dictionary does not have it."""
NUMERIC = {"DS", "IS", "US", "SS", "UL", "SL", "FL", "FD", "SV", "UV"}


def main() -> None:
    kept, left = [], 0
    with (HERE / "safe_private.csv").open() as stream:
        for row in csv.DictReader(stream):
            known = private_dictionaries.get(row["creator"], {})
            for element in row["elements"].split():
                unlisted = UNLISTED.get((row["creator"], element), ("", "", "", ""))
                vr, vm, name, _ = known.get(f"{row['group']}xx{element}", unlisted)
                vr, vm, name = REBUILT.get((row["creator"], element), (vr, vm, name))
                if vr in NUMERIC or (row["creator"], element) in REBUILT:
                    vm = "1-n" if (row["creator"], element) in LISTS else vm
                    kept.append([row["group"], row["creator"], element, vr, vm, name, row["source"]])
                else:
                    left += 1
    with TARGET.open("w", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["group", "creator", "element", "vr", "vm", "meaning", "source"])
        writer.writerows(sorted(kept))
    sys.stderr.write(f"{len(kept)} kept, {left} left out\n")


if __name__ == "__main__":
    main()
