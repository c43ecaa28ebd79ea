"""Which rows of a REDCap project are requests, and what is written to them."""

from datetime import UTC, datetime

import pytest

from tirage.acquire.standing import Decision, Step
from tirage.acquire.transfers import Standing, Status, status_of, table_of, transfers, written
from tirage.model.cohorts import Field
from tirage.model.requests import RequestOutcome
from tirage.policy.redcap import Names, Redcap

SECTION = Redcap(url="https://redcap.example.org/api/", token="secret:redcap", project="LUNG")
ALL = frozenset({"transfer_date", "transfer_error", "transfer_error_message", "objects", "mapped"})
AT = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)


def row(study: str, instance: int | str = "", project: str = "LUNG", **more: str) -> dict[str, object]:
    form = "transfers" if instance else ""
    named = {
        "study_instance_uid": study,
        "redcap_repeat_instrument": form,
        "redcap_repeat_instance": instance,
    }
    return {**named, "transfer_project_name": project if instance else "", "transfer_name": "", **more}


def test_requests_come_in_order_of_record_and_instance_whatever_order_redcap_has() -> None:
    rows = [row("1.3", 1), row("1.2"), row("1.2", 10), row("1.2", 2), row("1.3")]
    found = transfers(rows, SECTION, "study_instance_uid")
    keys = [(each.key["study_instance_uid"], each.key["redcap_repeat_instance"]) for each in found]
    assert keys == [("1.2", 2), ("1.2", 10), ("1.3", 1)]


def test_requests_of_other_projects_and_other_forms_are_none() -> None:
    other = row("1.2", 1) | {"redcap_repeat_instrument": "autoid"}
    assert not transfers([row("1.2", 1, "HEART"), row("1.2"), other], SECTION, "study_instance_uid")


def test_a_form_that_does_not_repeat_is_a_request_itself() -> None:
    plain = {"study_instance_uid": "1.2", "transfer_project_name": "LUNG", "transfer_name": "L-1"}
    (found,) = transfers([plain], SECTION, "study_instance_uid")
    assert found.key == {"study_instance_uid": "1.2"}
    assert found.texts[Field.PARTICIPANT] == "L-1"


def test_what_the_whole_record_says_holds_for_its_requests() -> None:
    section = SECTION.model_copy(update={"fields": Names(accession="study_accession_number")})
    rows = [row("1.2", study_accession_number="A-17"), row("1.2", 1, study_accession_number="")]
    (found,) = transfers(rows, section, "study_instance_uid")
    assert found.texts[Field.ACCESSION] == "A-17"
    table = table_of([found], section.fields)
    (line,) = table.lines()
    assert (line.row, dict(zip(table.heading, (cell.text for cell in line.cells), strict=True))) == (
        1,
        {"study": "1.2", "accession": "A-17", "participant": ""},
    )


@pytest.mark.parametrize(
    ("outcome", "step", "standing", "errors"),
    [
        (RequestOutcome.DELIVERED, Step.DELIVERED, Standing.DELIVERED, ("0", "0")),
        (RequestOutcome.ALREADY_DELIVERED, Step.DELIVERED, Standing.DELIVERED, ("0", "0")),
        (RequestOutcome.PENDING, Step.RELEASED, Standing.WAITING, ("0", "0")),
        (RequestOutcome.HELD, Step.RECEIVED, Standing.FAILED, ("1", "0")),
        (RequestOutcome.HELD, Step.RELEASED, Standing.FAILED, ("0", "1")),
        (RequestOutcome.NOT_IN_ARCHIVE, Step.REQUESTED, Standing.FAILED, ("1", "0")),
    ],
)
def test_each_outcome_is_one_standing(
    outcome: RequestOutcome, step: Step, standing: Standing, errors: tuple[str, str]
) -> None:
    status = status_of(Decision(outcome, "codes", step), 3, AT, ["2.25.1"])
    assert status.standing is standing
    said = written(status, SECTION, ALL)
    assert (said["transfer_error___1"], said["transfer_error___2"]) == errors


def test_every_outcome_has_a_standing() -> None:
    for outcome in RequestOutcome:
        assert status_of(Decision(outcome, "", Step.RECEIVED), 0, None, []).standing in Standing


def test_days_are_written_in_the_zone_of_the_project() -> None:
    section = SECTION.model_copy(update={"zone": "Europe/Oslo"})
    said = written(Status(Standing.DELIVERED, objects=3, at=AT), section, ALL)
    assert said["transfer_date"] == "2026-07-02 00:30"


def test_the_research_uid_is_written_to_a_field_that_was_named_for_it_alone() -> None:
    status = Status(Standing.DELIVERED, objects=3, at=AT, mapped=("2.25.1", "2.25.2"))
    assert "2.25.1" not in ",".join(written(status, SECTION, ALL).values())
    names = Names(mapped="mapped", objects="objects")
    said = written(status, SECTION.model_copy(update={"fields": names}), ALL)
    assert (said["mapped"], said["objects"]) == ("2.25.1,2.25.2", "3")


def test_fields_that_redcap_lacks_are_not_written() -> None:
    assert written(Status(Standing.WAITING), SECTION, frozenset()) == {"transfers_complete": "0"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "https://redcap.example.org/"},
        {"url": "https://me:secret@redcap.example.org/api/"},
        {"token": "0123456789ABCDEF0123456789ABCDEF"},
        {"zone": "Mars/Olympus"},
        {"fields": {"study": None}},
    ],
)
def test_a_section_that_cannot_be_meant_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        Redcap.model_validate(SECTION.model_dump() | wrong)
