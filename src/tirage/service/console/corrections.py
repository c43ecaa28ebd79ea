"""Answers `tirage.web.api.corrections`."""

from collections.abc import Sequence

from tirage.flow.steps import correcting
from tirage.model.people import Permission, Who
from tirage.service.build import Parts
from tirage.service.console import subjects
from tirage.service.console.viewing import viewed_on
from tirage.store import corrections, times
from tirage.store.corrections import FIELDS, Correction
from tirage.store.database import reading
from tirage.web.api.corrections import Correcting, CorrectionView, Effects
from tirage.web.api.problems import not_found


class NodeCorrections:
    """Corrections of this node's patients and studies."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def listed(self, who: Who, subject: str) -> tuple[Sequence[CorrectionView], Effects]:
        """The corrections of a patient or study, and what another would touch."""
        with reading(self._parts.database) as connection:
            subjects.check(connection, who, Permission.SEE_PATIENTS, subject, all_of=False)
            found = corrections.listed(connection, subject)
            touched = correcting.consequences(connection, subject)
        viewed_on(self._parts.database, who, "corrections", [subject])
        effects = Effects(studies=touched.studies, waiting=touched.waiting, released=touched.released)
        return [_view(each) for each in found], effects

    def correct(self, who: Who, wanted: Correcting) -> CorrectionView:
        """Lay a correction over a patient or study."""
        with reading(self._parts.database) as connection:
            subjects.check(connection, who, Permission.LINK_PATIENTS, wanted.subject, all_of=True)
        change = {name: getattr(wanted, name) for name in FIELDS}
        at = times.micros(times.now())
        number = correcting.correct(
            self._parts.database, wanted.subject, change, wanted.why.strip(), who.account, at
        )
        return _view(self._find(number))

    def undo(self, who: Who, correction: int) -> CorrectionView:
        """Take a correction back."""
        found = self._find(correction)
        with reading(self._parts.database) as connection:
            subjects.check(connection, who, Permission.LINK_PATIENTS, found.subject, all_of=True)
        at = times.micros(times.now())
        correcting.undo(self._parts.database, correction, found.subject, who.account, at)
        return _view(self._find(correction))

    def _find(self, number: int) -> Correction:
        with reading(self._parts.database) as connection:
            found = corrections.find(connection, number)
        if found is None:
            raise not_found("correction")
        return found


def _view(each: Correction) -> CorrectionView:
    return CorrectionView(
        **{name: each.change.get(name) for name in FIELDS},
        correction=each.id,
        subject=each.subject,
        why=each.why,
        made_by=each.made_by,
        made_at=each.made_at,
        undone_by=each.undone_by,
        undone_at=each.undone_at,
    )
