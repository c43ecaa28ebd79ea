"""The ledger as one HTML file: nothing is loaded from elsewhere, and only its own few lines of script run."""

import base64
import hashlib
from importlib.resources import files

from tirage.flow.ledger.attrition import boxes, picture
from tirage.flow.ledger.entries import Ledger
from tirage.flow.ledger.words import KINDS, WORDS


def render(ledger: Ledger) -> str:
    """The page of a ledger."""
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader("tirage.flow.ledger", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    script = files("tirage.flow.ledger").joinpath("filter.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
    order = list(KINDS)
    by_participant: dict[str, dict[str, object]] = {}
    for line in ledger.availability:
        by_participant.setdefault(line.participant, {})[line.modality] = line
    return environment.get_template("ledger.html").render(
        ledger=ledger,
        picture=Markup(picture(boxes(ledger.entries), ledger.project)),  # noqa: S704 - escaped where made
        script=Markup(script),  # noqa: S704 - ours
        script_digest=digest,
        words=WORDS,
        kinds=KINDS,
        outcomes=sorted(ledger.outcomes.items(), key=lambda each: order.index(WORDS[each[0]].kind)),
        cohorts=sorted({entry.cohort for entry in ledger.entries}),
        modalities=sorted({line.modality for line in ledger.availability}),
        participants=by_participant,
    )
