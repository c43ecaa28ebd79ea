"""Whether what is newly said about a patient contradicts what is known."""

from collections.abc import Iterable

from tirage.link.normalise import normalised_date, normalised_names, normalised_sex
from tirage.model.reasons import HoldReason
from tirage.model.records import PatientIdentity


def conflicts(known: Iterable[PatientIdentity], new: PatientIdentity) -> HoldReason | None:
    """`IDENTITY_CONFLICT` when the same identifier comes with another name, birth date or sex; else None.

    Missing values contradict nothing. `known` are identities recorded under the same identifier and issuer.
    """
    return HoldReason.IDENTITY_CONFLICT if any(_contradict(old, new) for old in known) else None


def _contradict(old: PatientIdentity, new: PatientIdentity) -> bool:
    old_names, new_names = normalised_names(old.name), normalised_names(new.name)
    if old_names and new_names and not old_names & new_names:
        return True
    pairs = (
        (normalised_date(old.birth_date), normalised_date(new.birth_date)),
        (normalised_sex(old.sex), normalised_sex(new.sex)),
    )
    return any(a and b and a != b for a, b in pairs)
