"""Write `policy/tables/types.json`: of which type each attribute is, by SOP class. Run by hand.

Source: the module and IOD maps inside the pip package `highdicom` (from PS3.3 Annexes A and C). For
each attribute two types are kept: at the top level of the data set, and the strictest at any depth below.
"""

import json
import sys
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from pydicom.datadict import tag_for_keyword

TARGET = Path(__file__).parents[2] / "src/tirage/policy/tables/types.json"
STRICTNESS = {"1": 1, "1C": 1, "2": 2, "2C": 2, "3": 3}


def strictest(first: int, second: int) -> int:
    """The stricter of two types; 0 means the attribute is not there."""
    return min(first, second) if first and second else first or second


def main() -> None:
    folder = files("highdicom") / "_standard"
    modules = json.loads((folder / "module_attribute_map.json").read_text())
    iods = json.loads((folder / "iod_module_map.json").read_text())
    classes = json.loads((folder / "sop_class_iod_map.json").read_text())
    strange = set()
    compact: dict[str, str] = {}
    for name, attributes in modules.items():
        types: dict[int, list[int]] = {}
        for attribute in attributes:
            tag = tag_for_keyword(attribute["keyword"])
            if tag is None:
                strange.add(attribute["keyword"])
                continue
            if attribute["type"] not in STRICTNESS:
                strange.add(attribute["type"])
                continue
            pair = types.setdefault(tag, [0, 0])
            nested = bool(attribute["path"])
            pair[nested] = strictest(pair[nested], STRICTNESS[attribute["type"]])
        compact[name] = " ".join(f"{tag:08X}{top}{below}" for tag, (top, below) in sorted(types.items()))
    used = {
        iod: [module["key"] for module in iods[iod] if module["key"] in compact]
        for iod in sorted(set(classes.values()))
    }
    strange |= {module["key"] for iod in used for module in iods[iod]} - set(compact)
    table = {
        "source": f"highdicom {version('highdicom')} (MIT)",
        "modules": {name: compact[name] for name in sorted(set().union(*used.values()))},
        "iods": used,
        "classes": classes,
    }
    TARGET.write_text(json.dumps(table, indent=0, separators=(",", ":")) + "\n")
    sys.stderr.write(f"left out: {sorted(strange)}\n")


if __name__ == "__main__":
    main()
