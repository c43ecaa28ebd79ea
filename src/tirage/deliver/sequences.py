"""What an image is in the words of BIDS, told by how it was taken, or not told at all.

An image is named only where its sequence leaves no choice and its description says nothing else; what is
derived, a localizer, a phase, or taken in any other way has no name here.
Source: BIDS specification 1.10, "Magnetic Resonance Imaging".
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

FUNCTIONAL_VOLUMES: Final = 10
"""Fewer are a test or a reference."""
UNKNOWN_TASK: Final = "unspecified"

_NO_RAW_IMAGE: Final = frozenset(
    """
    DERIVED SECONDARY LOCALIZER PHASE P REAL R IMAGINARY I MPR MIP ADC FA TRACEW ASL PERFUSION
    """.split()  # noqa: SIM905
) | {"PROJECTION IMAGE", "PHASE MAP"}
_NO_NAME: Final = frozenset(
    """
    loc localizer localiser scout survey calib calibration asl pcasl perf dsc
    """.split()  # noqa: SIM905
)
_FUNCTIONAL: Final = frozenset(
    """
    bold fmri rsfmri rest resting task func
    """.split()  # noqa: SIM905
)


@dataclass(frozen=True, slots=True)
class Kind:
    """Folder, entities and suffix of an image's name."""

    datatype: str
    suffix: str
    entities: tuple[str, ...] = ()


CT: Final = Kind("ct", "ct")
PET: Final = Kind("pet", "pet")
DIFFUSION: Final = Kind("dwi", "dwi")
BOLD: Final = Kind("func", "bold", (f"task-{UNKNOWN_TASK}",))


def kind_of(facts: Mapping[str, Any], volumes: int, has_gradients: bool) -> Kind | None:
    """What an image is, by the facts dcm2niix writes of it (times in seconds); None where that is open."""
    types = {str(each).upper() for each in _listed(facts.get("ImageType"))}
    words = _words(facts)
    if types & _NO_RAW_IMAGE or words & _NO_NAME:
        return None
    match facts.get("Modality"):
        case "CT":
            return CT
        case "PT":
            return PET
        case "MR":
            return _magnetic(facts, types, words, volumes, has_gradients)
        case _:
            return None


def _magnetic(
    facts: Mapping[str, Any], types: set[str], words: set[str], volumes: int, has_gradients: bool
) -> Kind | None:
    sequence = set(re.split(r"[\\_/, ]+", str(facts.get("ScanningSequence", "")).upper()))
    if has_gradients:
        return DIFFUSION if volumes > 1 else None
    if volumes > 1:
        # Siemens writes EP alone, and the gradient echo into the sequence's name.
        has_gradient_echo = "GR" in sequence or any(word.startswith("epfid") for word in words)
        is_functional = "EP" in sequence and has_gradient_echo and (words & _FUNCTIONAL or "FMRI" in types)
        return BOLD if is_functional and volumes >= FUNCTIONAL_VOLUMES else None
    suffix = _weighting(facts, sequence)
    if suffix is None or "EP" in sequence or not _is_said(suffix, words):
        return None
    has_contrast = any(key.startswith("ContrastBolus") for key in facts)
    return Kind("anat", suffix, ("ce-contrast",) if has_contrast else ())


def _weighting(facts: Mapping[str, Any], sequence: set[str]) -> str | None:
    """T1w, T2w, PDw or FLAIR by the usual times, with gaps between them; None outside of all."""
    echo, repetition, inversion = (
        _seconds(facts.get(key)) for key in ("EchoTime", "RepetitionTime", "InversionTime")
    )
    if echo is None or repetition is None:
        return None
    if "GR" in sequence:
        is_prepared = inversion is not None and 0.5 <= inversion <= 1.4 and echo < 0.010
        return "T1w" if is_prepared and facts.get("MRAcquisitionType") == "3D" else None
    if "SE" not in sequence:
        return None
    if inversion:
        return "FLAIR" if 1.6 <= inversion <= 3.0 and echo >= 0.070 and repetition >= 4.0 else None
    if echo <= 0.030:
        if repetition <= 0.900:
            return "T1w"
        return "PDw" if repetition >= 2.0 else None
    return "T2w" if echo >= 0.070 and repetition >= 2.0 else None


def _is_said(suffix: str, words: set[str]) -> bool:
    """Whether the description names this weighting or none."""
    said = {
        name
        for name, signs in {
            "T1w": {"t1", "t1w", "mprage", "mp2rage"},
            "T2w": {"t2", "t2w"},
            "FLAIR": {"flair"},
            "PDw": {"pd", "pdw"},
        }.items()
        if words & signs
    }
    if suffix == "FLAIR":
        said -= {"T2w"}
    return said <= {suffix}


def _words(facts: Mapping[str, Any]) -> set[str]:
    text = " ".join(str(facts.get(key, "")) for key in ("SeriesDescription", "ProtocolName", "SequenceName"))
    return set(re.split(r"[^a-z0-9]+", text.lower()))


def _listed(value: object) -> list[object]:
    return list(value) if isinstance(value, list) else [value]


def _seconds(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
