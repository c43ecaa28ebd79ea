"""Which column of a list means what: by its heading, or by the word of whoever loads it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tirage.errors import Permanent
from tirage.model.cohorts import Field
from tirage.policy.headings import fields, folded

_SAME = {Field.NHS_NUMBER: Field.NATIONAL_ID}
_LONGEST = 40
NAMES_SOMETHING = frozenset(
    {Field.PATIENT_ID, Field.NATIONAL_ID, Field.NHS_NUMBER, Field.ACCESSION, Field.STUDY}
)


class ColumnsUnclear(Permanent):
    """The heading of a list does not say which column is which."""

    code = "COLUMNS_UNCLEAR"
    exit_code = 65
    remedy = (
        'Say which column is which: `--column patient_id="Hospital No"`. '
        "docs/guides/cohort.md lists the headings that are known."
    )


@dataclass(frozen=True, slots=True)
class Columns:
    """Where each field stands (0 is the first column), and the headings of the columns nobody reads."""

    places: Mapping[Field, int]
    ignored: tuple[str, ...] = ()
    width: int = 0

    @property
    def names_patients_alone(self) -> bool:
        """Whether no column names a study."""
        return not {Field.ACCESSION, Field.STUDY, Field.STUDY_DATE} & self.places.keys()


def read_columns(
    heading: Sequence[str], chosen: Mapping[str, str], needs: frozenset[Field] = NAMES_SOMETHING
) -> Columns:
    """The columns of a heading; `chosen` gives the heading of a field outright and overrules what is known.

    Raises `ColumnsUnclear` when two columns mean the same, a chosen one is not there, or none of `needs` is.
    """
    places = _chosen(heading, chosen)
    taken = set(places.values())
    means = {_SAME.get(field, field) for field in places}
    for place, name in enumerate(heading):
        field = fields().get(folded(name))
        if place in taken or field is None or (_SAME.get(field, field) in means and field not in places):
            continue
        if field in places:
            if field.value in chosen:
                continue
            raise ColumnsUnclear(f"columns {places[field] + 1} and {place + 1} both mean {field}")
        places[field] = place
    if Field.NHS_NUMBER in places and Field.NATIONAL_ID in places:
        first, second = sorted((places[Field.NHS_NUMBER], places[Field.NATIONAL_ID]))
        raise ColumnsUnclear(f"columns {first + 1} and {second + 1} both mean {Field.NATIONAL_ID}")
    if not needs & places.keys():
        wanted = ", ".join(sorted(needs - {Field.NHS_NUMBER}))
        raise ColumnsUnclear(f"none of the {len(heading)} columns is known to be one of: {wanted}")
    read = set(places.values())
    ignored = tuple(shown(name, place) for place, name in enumerate(heading) if place not in read)
    return Columns(places, ignored, len(heading))


def shown(heading: str, place: int) -> str:
    """A heading fit for a screen; its number when it has no name."""
    printable = "".join(c for c in heading.strip() if c.isprintable())
    return printable[:_LONGEST] or f"column {place + 1}"


def _chosen(heading: Sequence[str], chosen: Mapping[str, str]) -> dict[Field, int]:
    places: dict[Field, int] = {}
    for name, wanted in chosen.items():
        if name not in set(Field):
            raise ColumnsUnclear(f"there is no field of that name; there are {', '.join(Field)}")
        found = [place for place, each in enumerate(heading) if each.strip() == wanted.strip()]
        if not found:
            found = [place for place, each in enumerate(heading) if folded(each) == folded(wanted)]
        if len(found) != 1:
            count = "no column" if not found else f"{len(found)} columns"
            raise ColumnsUnclear(f"{count} under the heading that was given for {name}")
        if found[0] in places.values():
            raise ColumnsUnclear(f"column {found[0] + 1} was given for two fields")
        places[Field(name)] = found[0]
    return places
