"""The networks of PP-OCR, each loaded once in a process; on one thread, since several wait for each other."""

from enum import Enum
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tirage.errors import Permanent

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class OcrMissing(Permanent):
    """Text in pictures cannot be read, because the libraries for it are not installed."""

    code = "OCR_MISSING"
    remedy = "Install the extra: `pip install 'tirage[ocr]'`."


class Network(Enum):
    """What each answers, and its file in the package `rapidocr`."""

    WHERE = "PP-OCRv6_det_small.onnx"
    WHICH_WAY_UP = "ch_ppocr_mobile_v2.0_cls_mobile.onnx"
    WHAT = "PP-OCRv6_rec_small.onnx"


def answer(network: Network, picture: "NDArray[np.float32]") -> "NDArray[np.float32]":
    """What a network says of a picture: (rows, columns), from -1 to 1."""
    import numpy as np

    session = _session(network)
    colours = np.ascontiguousarray(np.broadcast_to(picture, (1, 3, *picture.shape)))
    (found,) = session.run(None, {session.get_inputs()[0].name: colours})
    return np.asarray(found[0], np.float32)


def scaled(picture: "NDArray[np.uint8]") -> "NDArray[np.float32]":
    """Grey levels as the networks want them, from -1 to 1."""
    import numpy as np

    return picture.astype(np.float32) * np.float32(2 / 255) - np.float32(1)


@cache
def letters() -> list[str]:
    """The characters that the network for text knows, in its order; the first means none."""
    known: str = _session(Network.WHAT).get_modelmeta().custom_metadata_map["character"]
    return ["", *known.splitlines(), " "]


@cache
def _session(network: Network) -> Any:
    try:
        import onnxruntime  # type: ignore[import-untyped]
    except ImportError as error:
        raise OcrMissing("the extra `ocr` is not installed") from error
    place = folder()
    if place is None:
        raise OcrMissing("the networks of `rapidocr` are not installed")
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    # Pictures differ in size: a plan of memory for each would be kept for ever.
    options.enable_mem_pattern = False
    file = str(place / network.value)
    return onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])


def folder() -> Path | None:
    """Where the networks are; None unless all of them are there."""
    package = find_spec("rapidocr")
    for place in (package.submodule_search_locations or ()) if package else ():
        if all((Path(place) / "models" / network.value).is_file() for network in Network):
            return Path(place) / "models"
    return None
