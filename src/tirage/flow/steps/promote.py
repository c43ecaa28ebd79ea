"""A box that a reader drew becomes a proposed rule for its device, with who drew it and on which sample."""

from sqlalchemy import Connection, Engine

from tirage.flow.sheet.beside import Device
from tirage.model.pixels import Box
from tirage.model.reviews import ProposedRule
from tirage.policy.regions import DeviceRule
from tirage.review.promote import device_rule
from tirage.store import audit, readings
from tirage.store.audit import Line
from tirage.store.database import repeated
from tirage.store.samples import SampleRow


def promote(
    database: Engine, account: str, row: SampleRow, box: Box, device: Device, at: int
) -> ProposedRule | None:
    """Keep the rule; None when the object says nothing of its device, so that the rule would be for all.

    It blanks nothing by itself: a project's file says what does, and stands in git.
    """
    rule = ProposedRule(
        number=0,
        project=row.project,
        sample=row.id,
        policy=row.policy,
        modality=device.modality,
        sop_class=device.sop_class,
        manufacturer=device.manufacturer[:300],
        model=device.model[:300],
        rows=device.rows or None,
        columns=device.columns or None,
        box=box,
        reviewer=account,
        made_at=at,
    )
    if _understood(rule) is None:
        return None

    def unit(connection: Connection) -> ProposedRule:
        number = readings.propose(connection, rule)
        detail: audit.Detail = {"project": row.project, "sample": row.id}
        audit.append(connection, [Line(account, "propose-rule", f"rule:{number}", detail)], at)
        return next(each for each in readings.rules(connection, row.project) if each.number == number)

    return repeated(database, unit)


def _understood(rule: ProposedRule) -> DeviceRule | None:
    try:
        return device_rule(rule)
    except ValueError:
        return None
