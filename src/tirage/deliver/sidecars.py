"""What a BIDS sidecar may say: how the image was taken, and nothing of whom, where, when or in free words."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from tirage.deliver.sequences import BOLD, UNKNOWN_TASK, Kind

ALLOWED: Final = frozenset(
    """
    AcquisitionMatrixPE AcquisitionVoxelSize AttenuationCorrectionMethod B1rms
    BandwidthPerPixelPhaseEncode BaseResolution CoilCombinationMethod ConversionSoftware
    ConversionSoftwareVersion ConvolutionKernel DecayCorrectionFactor DecayFactor DelayTime
    DiffusionScheme DwellTime EchoNumber EchoTime EchoTime1 EchoTime2 EchoTrainLength
    EffectiveEchoSpacing ExposureTime FlipAngle FrameDuration FrameTimesStart
    ImageOrientationPatientDICOM ImageType ImagingFrequency InPlanePhaseEncodingDirectionDICOM
    InversionTime MRAcquisitionType MagneticFieldStrength Manufacturer ManufacturersModelName
    MatrixCoilMode Modality MultibandAccelerationFactor NumberOfAverages NumberShots
    ParallelAcquisitionTechnique ParallelReductionFactorInPlane PartialFourier PercentPhaseFOV
    PercentSampling PhaseEncodingAxis PhaseEncodingDirection PhaseEncodingPolarityGE PhaseEncodingSteps
    PhaseEncodingStepsNoPartialFourier PhaseResolution PixelBandwidth PulseSequenceType ReceiveCoilName
    ReconFilterSize ReconMatrixPE RepetitionTime SAR ScanOptions ScanningSequence ScatterFraction
    SequenceVariant SliceThickness SliceTiming SpacingBetweenSlices SpoilingState TotalReadoutTime Units
    VariableFlipAngleFlag XRayExposure XRayTubeCurrent
    """.split()  # noqa: SIM905
)
"""Attributes of dcm2niix's sidecars that are kept."""

_BROKEN: Final = re.compile(r'^\t"[^"\n]+": ".*(?<!\\)\\",?\n', re.MULTILINE)


def read(text: str) -> dict[str, Any]:
    """The facts dcm2niix wrote; raises `ValueError`.

    dcm2niix 1.0.20260724 writes a backslash at the end of a value as it is, which JSON reads as an open
    string: such lines are left out.
    """
    facts = json.loads(_BROKEN.sub("", text))
    if not isinstance(facts, dict):
        raise ValueError("no object")
    return facts


def write(facts: Mapping[str, Any], kind: Kind) -> str:
    """The sidecar that is delivered, always the same for the same facts."""
    kept = {key: value for key, value in facts.items() if key in ALLOWED}
    if kind == BOLD:
        kept["TaskName"] = UNKNOWN_TASK
    return json.dumps(kept, indent=2, sort_keys=True) + "\n"
