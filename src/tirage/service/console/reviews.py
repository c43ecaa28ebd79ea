"""Answers `tirage.web.api.review`: samples of this node, their pictures, what people say of them."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from tirage.flow.sheet.beside import Beside, Both, Device
from tirage.flow.sheet.tile import Tile, Unshown, Wanted
from tirage.flow.steps import judge, promote, review
from tirage.flow.steps.judge import Refusal
from tirage.model.identifiers import ProjectName
from tirage.model.outcomes import Disposition
from tirage.model.people import Permission, Who
from tirage.model.pixels import Box
from tirage.model.reviews import UNREAD, Drawn, ProposedRule, SampleStanding, State, Stratum, Verdict
from tirage.ocr.networks import OcrMissing
from tirage.review.promote import snippet
from tirage.service.build import Parts, make_objects, make_originals
from tirage.service.console.pictures import Pictures
from tirage.service.console.viewing import viewed
from tirage.settings import Settings
from tirage.store import readings, samples, times
from tirage.store.database import reading
from tirage.store.samples import SampleRow
from tirage.web.api import review as api
from tirage.web.api.paging import Page, cursor

_STORAGE = "1.2.840.10008.5.1.4.1.1."
_WITHOUT_PICTURE = tuple(
    _STORAGE + leaf
    for leaf in ("88.", "11.", "104.", "9.", "66.1", "66.2", "66.3", "66.5", "66.6", "67", "131", "4.2")
) + tuple(_STORAGE + leaf for leaf in ("481.3", "481.5", "481.8"))
"""What of the classes that may leave has nothing to look at in a grid: it has to be opened."""

_STATES: dict[str, tuple[State, ...]] = {
    "mine": tuple(UNREAD),
    "open": (State.OPEN,),
    "disputed": (State.DISPUTED,),
    "passed": (State.PASSED,),
    "failed": (State.FAILED,),
}


class NodeReviews:
    """The review of this node's projects."""

    def __init__(self, settings: Settings, parts: Parts, pictures: Pictures) -> None:
        self._parts, self._database, self._pictures = parts, parts.database, pictures
        self._originals, self._objects = make_originals(settings), make_objects(settings)

    def reviews(self, who: Who) -> list[api.Review]:
        """The projects in which the person reviews."""
        self._pictures.warm()
        names = [name for name in self._parts.rules if who.may(Permission.REVIEW, name)]
        return [self._review(name) for name in names]

    def plan(self, who: Who, project: str) -> api.Plan | None:
        """One project's review."""
        name = self._named(who, project)
        if name is None:
            return None
        self._pictures.warm()
        policy = self._parts.rules[name].profile.digest
        with reading(self._database) as connection:
            strata = samples.by_stratum(connection, name, policy)
        lines = [
            api.StratumLine(
                **_stratum(each.stratum).model_dump(),
                open=each.states[State.OPEN],
                disputed=each.states[State.DISPUTED],
                passed=each.states[State.PASSED],
                failed=each.states[State.FAILED],
            )
            for each in strata
        ]
        return api.Plan(**self._review(name).model_dump(), strata=lines)

    def samples(self, who: Who, project: str, state: str, after: int, most: int) -> Page[api.Sample] | None:
        """Samples of a project in a state."""
        name = self._named(who, project)
        if name is None:
            return None
        policy = self._parts.rules[name].profile.digest
        unread_by = who.account if state == "mine" else None
        with reading(self._database) as connection:
            rows = samples.page(connection, name, policy, _STATES[state], after, most + 1, unread_by)
            mine = readings.own(connection, [each.id for each in rows], who.account)
        items = [_sample(row, mine.get(row.id)) for row in rows[:most]]
        return Page(items=items, next=cursor([items[-1].number]) if len(rows) > most else None)

    def opened(self, who: Who, number: int) -> api.Opened | None:
        """One sample with everything there is to see of it."""
        row = self._row(who, number)
        if row is None:
            return None
        with reading(self._database) as connection:
            said = readings.listed(connection, number)
        viewed(self._database, who, f"sample:{number}", [f"received:{row.received}"])
        found = self._pictures.beside(
            Both(self._originals.path(row.original), self._objects.path(row.output))
        )
        mine = next((each.verdict for each in said if each.reader == who.account), None)
        # The second of two readers does not see what the first one said.
        shown = [each for each in said if row.state is not State.OPEN or each.reader == who.account]
        return api.Opened(
            **_sample(row, mine).model_dump(),
            readings=[
                api.Reading(
                    reader=each.reader,
                    verdict=each.verdict.value,
                    boxes=[_box(drawn.frame, drawn.box) for drawn in each.boxes],
                    read_at=each.read_at,
                )
                for each in shown
            ],
            **_beside(found),
        )

    def picture(
        self, who: Who, number: int, frame: int, side: api.Side, window: api.Window
    ) -> api.Picture | None:
        """One frame."""
        row = self._row(who, number)
        if row is None:
            return None
        if side == "before":
            viewed(self._database, who, f"received:{row.received}", [f"sample:{number}"])
        path = self._originals.path(row.original) if side == "before" else self._objects.path(row.output)
        made = self._pictures.tile(Wanted(path, frame, window.size, window.low, window.high))
        tag = f'"{path.name[:16]}-{frame}-{window.size}-{window.low}-{window.high}"'
        if isinstance(made, Tile):
            return api.Picture(content=made.png, media_type="image/png", tag=tag)
        return api.Picture(content=_notice(made), media_type="image/svg+xml", tag=tag)

    def words(self, who: Who, number: int, frame: int) -> api.Words | None:
        """What can be read in one frame of the output."""
        row = self._row(who, number)
        if row is None:
            return None
        try:
            found = self._pictures.words(self._objects.path(row.output), frame)
        except OcrMissing:
            return api.Words(words=[], problem="reading pictures needs the extra `ocr`")
        if isinstance(found, Unshown):
            return api.Words(words=[], problem=found.value)
        return api.Words(
            words=[
                api.Word(**_box(frame, each.box).model_dump(), text=each.text, score=each.score)
                for each in found
                if not each.box.is_empty
            ],
            problem="",
        )

    def read(self, who: Who, number: int, version: int, said: api.Said) -> api.Sample | api.Refused | None:
        """Keep what the person says."""
        if self._row(who, number) is None:
            return None
        boxes = tuple(Drawn(each.frame, Box(each.x0, each.y0, each.x1, each.y1)) for each in said.boxes)
        verdict = Verdict(said.verdict)
        kept = judge.Said(number, version, verdict, boxes, said.seconds, said.hold_device)
        return _answer(judge.read(self._database, who.account, kept, _now()), verdict)

    def read_several(self, who: Who, project: str, said: list[api.SaidOf]) -> api.Kept | None:
        """Keep what the person says of several."""
        name = self._named(who, project)
        if name is None:
            return None
        kept, changed = [], []
        for each in said:
            row = self._row(who, each.sample)
            one = api.Said(verdict=each.verdict)
            found = self.read(who, each.sample, each.version, one) if row and row.project == name else None
            if isinstance(found, api.Sample):
                kept.append(found)
            else:
                changed.append(each.sample)
        return api.Kept(kept=kept, changed=changed)

    def take_back(self, who: Who, number: int, version: int) -> api.Sample | api.Refused | None:
        """Forget what the person said."""
        if self._row(who, number) is None:
            return None
        return _answer(judge.take_back(self._database, who.account, number, version, _now()), None)

    def promote(self, who: Who, number: int, box: int) -> api.Rule | api.Refused | None:
        """Propose a box that the person drew as a rule."""
        row = self._row(who, number)
        if row is None:
            return None
        with reading(self._database) as connection:
            said = readings.listed(connection, number)
        drawn = [each for reader in said if reader.reader == who.account for each in reader.boxes]
        if box >= len(drawn):
            return api.Refused(why="no box")
        device = self._pictures.device(self._originals.path(row.original))
        if not isinstance(device, Device):
            return api.Refused(why="gone")
        rule = promote.promote(self._database, who.account, row, drawn[box].box, device, _now())
        return api.Refused(why="no device") if rule is None else _rule(rule)

    def rules(self, who: Who, project: str) -> api.Rules | None:
        """The rules proposed for a project."""
        name = self._named(who, project)
        if name is None:
            return None
        with reading(self._database) as connection:
            found = readings.rules(connection, name)
        return api.Rules(rules=[_rule(each) for each in found], yaml=snippet(found))

    def _named(self, who: Who, project: str) -> ProjectName | None:
        name = ProjectName(project)
        return name if name in self._parts.rules and who.may(Permission.REVIEW, name) else None

    def _row(self, who: Who, number: int) -> SampleRow | None:
        with reading(self._database) as connection:
            row = samples.get(connection, number)
        return row if row is not None and self._named(who, row.project) else None

    def _review(self, name: ProjectName) -> api.Review:
        rules = self._parts.rules[name]
        with reading(self._database) as connection:
            found = review.known(connection, name, rules.profile.digest)
        about, sampling = rules.project.about, rules.project.review.sampling
        is_sampled = sampling is not None
        return api.Review(project=name, title=about.title, is_sampled=is_sampled, standing=_standing(found))


def _now() -> int:
    return times.micros(times.now())


def _answer(found: SampleRow | Refusal, mine: Verdict | None) -> api.Sample | api.Refused:
    return api.Refused(why=found.value) if isinstance(found, Refusal) else _sample(found, mine)


def _standing(found: SampleStanding) -> api.Standing:
    return api.Standing(
        is_planned=found.is_planned,
        is_complete=found.is_complete,
        objects=found.objects,
        planned=found.planned,
        read=found.read,
        double_read=found.double_read,
        open=found.open,
        disputed=found.disputed,
        passed=found.passed,
        failed=found.failed,
        returned=found.returned,
        drawn_read=found.drawn_read,
        drawn_failed=found.drawn_failed,
        upper_bound=found.upper_bound,
        pairs=found.agreement.pairs,
        alike=found.agreement.alike,
        kappa=found.agreement.kappa,
    )


def _sample(row: SampleRow, mine: Verdict | None) -> api.Sample:
    is_told = row.state is not State.OPEN or mine is not None
    return api.Sample(
        number=row.id,
        object=row.received,
        project=row.project,
        stratum=_stratum(row.stratum),
        marks=[each.value for each in row.marks],
        readers=row.readers,
        state=row.state.value,
        version=row.version,
        mine=mine.value if mine else "",
        held=is_told and row.disposition == Disposition.HELD.value,
        is_picture=not row.stratum.sop_class.startswith(_WITHOUT_PICTURE),
    )


def _stratum(stratum: Stratum) -> api.Stratum:
    return api.Stratum(**stratum._asdict(), sop_class_name=_name(stratum.sop_class))


@cache
def _name(sop_class: str) -> str:
    from pydicom.uid import UID

    return UID(sop_class).name.removesuffix(" Storage")


def _box(frame: int, box: Box) -> api.Box:
    return api.Box(frame=frame, **box._asdict())


def _boxes(frames: Mapping[int, Sequence[Box]]) -> Iterable[api.Box]:
    return (_box(frame, box) for frame, boxes in sorted(frames.items()) for box in boxes)


def _beside(found: Beside | Unshown) -> dict[str, Any]:
    """The rest of an opened sample."""
    if isinstance(found, Unshown):
        nothing = {"frames": 0, "rows": 0, "columns": 0, "pixels": "", "blanked": [], "lines": []}
        return {"problem": found.value, "is_cut": False} | nothing
    return {
        "problem": "",
        "frames": found.frames,
        "rows": found.rows,
        "columns": found.columns,
        "pixels": found.pixels,
        "blanked": list(_boxes(found.boxes)),
        "is_cut": found.is_cut,
        "lines": [
            api.Line(
                path=line.path,
                fate=line.fate,
                before=[api.Piece(text=piece.text, is_gone=piece.is_gone) for piece in line.pieces],
                after=line.after,
            )
            for line in found.lines
        ],
    }


def _rule(rule: ProposedRule) -> api.Rule:
    return api.Rule(
        number=rule.number,
        sample=rule.sample,
        reviewer=rule.reviewer,
        made_at=rule.made_at,
        yaml=snippet([rule]),
    )


def _notice(why: Unshown) -> bytes:
    """A picture that says why there is none."""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="256" height="256" viewBox="0 0 256 256">'
        '<rect width="256" height="256" fill="#222c38"/>'
        '<g fill="#ffffff" font-family="sans-serif" font-size="17" text-anchor="middle">'
        f'<text x="128" y="120">{why.value}</text><text x="128" y="146">open it to judge it</text></g></svg>'
    ).encode()
