"""All objects of a seed, written as files; what a tool made of them, scored."""

import io
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pydicom
from pydicom.datadict import keyword_for_tag
from pydicom.dataset import Dataset
from tests.golden.planted.hand import Hand
from tests.golden.planted.objects import (
    compressed,
    enhanced,
    foreign,
    pictured,
    radiotherapy,
    reports,
    signals,
    tomography,
)
from tests.golden.planted.places import around, disguise, graphics, nesting, private, texts
from tests.golden.planted.scene import Scene
from tests.golden.planted.search import found_in, survived
from tests.golden.planted.values import Keep, Plant, Planted

Maker = Callable[[Hand], "Dataset | tuple[Dataset, str]"]
EXPLICIT, IMPLICIT, DEFLATED = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2", "1.2.840.10008.1.2.1.99"
MAKERS: dict[str, Maker] = {
    "ct": tomography.ct,
    "mr": tomography.mr,
    "enhanced": enhanced.enhanced,
    "pet": tomography.pet,
    "ultrasound": pictured.ultrasound,
    "capture": pictured.capture,
    "projection": pictured.projection,
    "compressed": compressed.compressed,
    "report": reports.report,
    "key objects": reports.key_objects,
    "presentation": reports.presentation,
    "structures": radiotherapy.structures,
    "plan": radiotherapy.plan,
    "dose": radiotherapy.dose,
    "waveform": signals.waveform,
    "segmentation": signals.segmentation,
    "document": signals.document,
    "foreign": foreign.foreign,
}
PLACES: tuple[Callable[[Hand, Dataset], None], ...] = (
    texts.in_texts,
    texts.in_texts,
    texts.in_names,
    texts.in_image_type,
    texts.in_numbers,
    texts.in_dates,
    texts.in_dates_of_text,
    texts.in_ages,
    texts.in_uids,
    texts.in_codes,
    texts.in_request,
    private.in_private_texts,
    private.in_private_blobs,
    private.in_private_structure,
    private.beside_safe,
    nesting.in_depth,
    nesting.in_equipment,
    nesting.in_unknown,
    nesting.in_retired,
    nesting.in_wrong_vr,
    nesting.in_sequence_as_un,
    graphics.in_overlays,
    graphics.in_curves,
    graphics.in_icon,
    around.in_padding,
    disguise.in_disguise,
    disguise.in_disguise,
    disguise.in_wrong_grammar,
    disguise.in_long_text,
    disguise.in_item_charset,
    disguise.in_safe_numbers,
    disguise.in_uid_of_own,
)
LEAST_PLANTS = 26


def objects_of(seed: int) -> list[Planted]:
    """The objects of a seed: one patient, one study, about 26 plants in each."""
    scene = Scene.of(seed)
    with lenient():
        return [_planted(scene, name, maker) for name, maker in MAKERS.items()]


def _planted(scene: Scene, name: str, maker: Maker) -> Planted:
    hand = Hand(scene, name)
    made = maker(hand)
    content, syntax = made if isinstance(made, tuple) else (made, EXPLICIT)
    if syntax == EXPLICIT:
        syntax = hand.random.choices((EXPLICIT, IMPLICIT, DEFLATED), (6, 3, 1))[0]
    for place in hand.random.sample(PLACES, len(PLACES)):
        if len(hand.plants) >= LEAST_PLANTS:
            break
        before = {int(tag): content.get_item(tag) for tag in list(content.keys())}
        known = len(hand.plants)
        place(hand, content)
        _overwritten(
            hand, {tag for tag, element in before.items() if content.get_item(tag) is not element}, known
        )
    if "PixelData" in content and syntax in (EXPLICIT, IMPLICIT, DEFLATED) and hand.chance(0.3):
        after = hand.secret("after the last frame").encode("latin-1", "replace")
        content.PixelData = bytes(content.PixelData) + after + b" " * (len(after) % 2)
    file_name = around.file_name(hand)
    data = around.around(hand, around.encoded(content, syntax))
    planted = Planted(name, _as_written(data), data, file_name, hand.plants, hand.keeps)
    # Nothing can be said of what the search does not see in the object itself, such as "Li" in a blob.
    seen = found_in(planted, data, file_name)
    planted.unseen = len(planted.plants) - len(seen)
    planted.plants = seen
    return planted


def _overwritten(hand: Hand, tags: set[int], known: int) -> None:
    """Forget the first `known` plants, and the keeps, whose attribute a place has used for another plant."""
    names = {keyword_for_tag(tag) for tag in tags}
    hand.plants = [
        plant for number, plant in enumerate(hand.plants) if number >= known or plant.tag not in tags
    ]
    hand.keeps = [keep for keep in hand.keeps if not names & {keep.place.partition(":")[0], *keep.needs}]


def _as_written(data: bytes) -> Dataset:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pydicom.dcmread(io.BytesIO(data), force=True)


@contextmanager
def lenient() -> Iterator[None]:
    """Let pydicom write what no device should have written."""
    settings = pydicom.config.settings
    modes = settings.writing_validation_mode, settings.reading_validation_mode
    settings.writing_validation_mode = settings.reading_validation_mode = pydicom.config.IGNORE
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        settings.writing_validation_mode, settings.reading_validation_mode = modes


def written(objects: list[Planted], folder: Path) -> dict[str, str]:
    """Write the objects below a folder; the path of each object by its name."""
    paths = {}
    for planted in objects:
        path = folder / planted.file_name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(planted.data)
        paths[planted.name] = str(path)
    return paths


@dataclass
class Score:
    """What a tool did to the objects of one seed or of many."""

    plants: int = 0
    keeps: int = 0
    kept: int = 0
    leaks: list[tuple[str, Plant]] = field(default_factory=list)
    lost: list[tuple[str, Keep]] = field(default_factory=list)
    stopped: dict[str, str] = field(default_factory=dict)
    searched_plants: int = 0
    stopped_keeps: int = 0


def score(objects: list[Planted], outputs: dict[str, tuple[str, bytes]], reasons: dict[str, str]) -> Score:
    """Search the outputs, (path, bytes) by name of object; one without an output was stopped for a reason."""
    result = Score()
    read: dict[str, Dataset] = {}
    with lenient():
        for planted in objects:
            result.plants += len(planted.plants)
            result.keeps += len(planted.keeps)
            if planted.name not in outputs:
                result.stopped[planted.name] = reasons.get(planted.name, "no output")
                result.stopped_keeps += len(planted.keeps)
                continue
            read[planted.name] = _as_written(outputs[planted.name][1])
            result.searched_plants += len(planted.plants)
            path, data = outputs[planted.name]
            result.leaks += [(planted.name, plant) for plant in found_in(planted, data, path)]
        for planted in objects:
            if planted.name in outputs:
                kept = survived(planted, read)
                result.kept += len(kept)
                result.lost += [(planted.name, keep) for keep in planted.keeps if keep not in kept]
    return result
