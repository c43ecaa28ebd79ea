"""What the record says of requested rows and of descriptions, on SQLite and on PostgreSQL alike."""

import time

import pytest
from sqlalchemy import Engine, insert, select, update
from tests.requesting import (
    DAY,
    LOADED,
    add_cohort,
    add_fetch,
    add_instance,
    add_object,
    add_origin,
    add_receipts,
    add_release,
    add_request,
    add_sighting,
    add_study,
)

from tirage.acquire.optout import OptOuts, parse
from tirage.acquire.outcome import decide
from tirage.model.identifiers import ProjectName
from tirage.model.requests import Level, Listing, RequestOutcome, Verdict
from tirage.policy.project import Project, load_project
from tirage.store import descriptions
from tirage.store.database import reading, writing
from tirage.store.judged import rejudge
from tirage.store.requested import request, sighting
from tirage.store.standings import requested

LUNGS = ProjectName("lungs")


def project(more: str = "") -> Project:
    return load_project("project: {name: lungs, title: Lungs}\n" + more)


SHARED = project("destinations:\n  - {kind: folder, name: share, path: /share}\n")
LISTED = project("fetch: {study_descriptions: listed}\n")


def outcomes(engine: Engine, of: Project = SHARED, version: int | None = None) -> list[tuple[str, str]]:
    with reading(engine) as connection:
        decided = [decide(row.standing) for row in requested(connection, of, version)]
    return [(each.outcome.value, each.detail) for each in decided]


def decide_on(engine: Engine, level: Level = Level.STUDY, **listed: str) -> tuple[int, int]:
    with writing(engine) as connection:
        chosen = {text.replace("_", " "): Listing(listing) for text, listing in listed.items()}
        return descriptions.decide(connection, LUNGS, level, chosen, "fellow", LOADED)


# --- standings --------------------------------------------------------------------------------------------


def test_rows_stand_where_their_studies_do(engine: Engine) -> None:
    with writing(engine) as connection:
        loaded, came_from = add_cohort(connection), add_origin(connection)
        for row in range(2, 10):
            add_sighting(connection, add_request(connection, loaded, row), f"1.{row}")
        first = add_release(connection, 1, members=4)
        catalogued = {row: add_study(connection, f"1.{row}") for row in range(2, 9)}
        for row in range(2, 9):
            add_fetch(connection, f"1.{row}", 2, 2)
        standing = {
            2: [("released", "", first)] * 2,
            3: [("released", "", first), ("held", "PIXELS_UNCHECKED", None)],
            4: [("pending", "", None)] * 2,
            5: [("rejected", "MODALITY_EXCLUDED", None)] * 2,
            6: [("held", "IDENTITY_CONFLICT", None)] * 2,
            7: [("released", "", first), ("quarantined", "DECODE_FAIL", None)],
        }
        number = 0
        for row, objects in standing.items():
            for each, (disposition, reason, release_id) in enumerate(objects, start=1):
                number += 1
                instance_uid = f"1.{row}.{each}"
                add_object(
                    connection,
                    number,
                    came_from,
                    instance_uid,
                    catalogued[row],
                    disposition,
                    reason,
                    release_id,
                )
    assert outcomes(engine, project()) == [
        ("delivered", "v0001 2026-05-30"),
        ("held", "1 held PIXELS_UNCHECKED"),
        ("still pending", "2 on their way"),
        ("rejected by rule", "2 rejected MODALITY_EXCLUDED"),
        ("identity conflict", "2 held IDENTITY_CONFLICT"),
        ("de-identification failed", "1 quarantined DECODE_FAIL"),
        ("still pending", "2 on their way"),
        ("still pending", "NOT_FETCHED"),
    ]


def test_a_row_is_delivered_when_every_destination_has_every_object(engine: Engine) -> None:
    with writing(engine) as connection:
        loaded, came_from = add_cohort(connection), add_origin(connection)
        release_id = add_release(connection, 3, members=4)
        for row in (2, 3):
            add_sighting(connection, add_request(connection, loaded, row), f"1.{row}")
            add_fetch(connection, f"1.{row}", 2, 2)
            catalogued = add_study(connection, f"1.{row}")
            for each in (1, 2):
                add_object(
                    connection,
                    10 * row + each,
                    came_from,
                    f"1.{row}.{each}",
                    catalogued,
                    release_id=release_id,
                )
        add_receipts(connection, release_id, [21, 22, 31])
    assert outcomes(engine) == [
        ("delivered", "v0003 2026-05-30"),
        ("still pending", "v0003 2026-05-30, 1 of 2 delivered"),
    ]
    with writing(engine) as connection:
        add_receipts(connection, release_id, [32], "already")
        add_receipts(connection, release_id, [901, 902, 903])
    assert outcomes(engine) == [("delivered", "v0003 2026-05-30")] * 2


def test_a_destination_that_holds_other_objects_is_a_hold(engine: Engine) -> None:
    with writing(engine) as connection:
        loaded, came_from = add_cohort(connection), add_origin(connection)
        release_id = add_release(connection, 1, members=1)
        add_sighting(connection, add_request(connection, loaded, 2), "1.2")
        add_fetch(connection, "1.2", 1, 1)
        add_object(connection, 1, came_from, "1.2.1", add_study(connection, "1.2"), release_id=release_id)
        add_receipts(connection, release_id, [1], "conflict")
    assert outcomes(engine) == [("held", "1 held REMOTE_CONFLICT")]


def test_a_study_delivered_for_an_earlier_cohort_is_already_delivered_for_a_later_one(engine: Engine) -> None:
    with writing(engine) as connection:
        came_from, release_id = add_origin(connection), add_release(connection, 1, members=1)
        for version, at in ((1, LOADED), (2, LOADED + 30 * DAY)):
            loaded = add_cohort(connection, version=version, at=at)
            add_sighting(connection, add_request(connection, loaded, 2), "1.2")
        other = add_cohort(connection, project="hearts")
        add_request(connection, other, 2)
        add_fetch(connection, "1.2", 1, 1)
        add_object(connection, 1, came_from, "1.2.1", add_study(connection, "1.2"), release_id=release_id)
    assert [each for each, _ in outcomes(engine, project())] == ["delivered", "already delivered"]
    assert [each for each, _ in outcomes(engine, project(), version=2)] == ["already delivered"]


def test_what_could_not_be_catalogued_counts_unless_a_sound_copy_came(engine: Engine) -> None:
    with writing(engine) as connection:
        loaded, came_from = add_cohort(connection), add_origin(connection)
        add_sighting(connection, add_request(connection, loaded, 2), "1.2")
        add_fetch(connection, "1.2", 1, 1)
        add_object(connection, 1, came_from, "1.2.1", None, "quarantined", "TRUNCATED")
    assert outcomes(engine) == [("de-identification failed", "1 quarantined TRUNCATED")]
    with writing(engine) as connection:
        catalogued = add_study(connection, "1.2")
        add_object(connection, 2, came_from, "1.2.1", catalogued, "pending")
        add_instance(connection, 2, catalogued, "1.2.1")
    assert outcomes(engine) == [("still pending", "1 on their way")]


def test_a_thousand_rows_are_gathered_by_a_fixed_number_of_statements(engine: Engine) -> None:
    with writing(engine) as connection:
        loaded = add_cohort(connection)
        template = connection.execute(
            select(request).where(request.c.id == add_request(connection, loaded, 2))
        ).one()
        rows = [{**template._asdict(), "id": None, "row": row} for row in range(3, 1002)]
        for row in rows:
            del row["id"]
        connection.execute(insert(request), rows)
        add_sighting(connection, template.id, "1.2")
    statements = []
    from sqlalchemy import event

    event.listen(engine, "before_cursor_execute", lambda *call: statements.append(call[2]))
    started = time.monotonic()
    assert len(outcomes(engine)) == 1000
    assert time.monotonic() - started < 2
    assert len([each for each in statements if each.lstrip().upper().startswith("SELECT")]) <= 7


# --- descriptions -----------------------------------------------------------------------------------------


def test_the_newest_decision_counts_and_every_earlier_one_is_kept(engine: Engine) -> None:
    assert decide_on(engine, CT_Thorax="include", Scout="exclude") == (1, 2)
    assert decide_on(engine, ct_thorax="exclude") == (2, 1)
    with reading(engine) as connection:
        now = descriptions.listings(connection, LUNGS)
        then = descriptions.listings(connection, LUNGS, version=1)
        made = descriptions.history(connection, LUNGS)
    assert (now.version, now.of(Level.STUDY, "CT  Thorax")) == (2, Listing.EXCLUDE)
    assert (then.version, then.of(Level.STUDY, "CT Thorax")) == (1, Listing.INCLUDE)
    assert [(each.version, each.shown, each.listing.value) for each in made] == [
        (1, "CT Thorax", "include"),
        (1, "Scout", "exclude"),
        (2, "ct thorax", "exclude"),
    ]


def test_deciding_the_same_again_is_no_new_version(engine: Engine) -> None:
    decide_on(engine, CT_Thorax="include")
    assert decide_on(engine, CT_THORAX="include") == (1, 0)


def test_the_worklist_counts_studies_once_and_forgets_what_was_decided(engine: Engine) -> None:
    with writing(engine) as connection:
        loaded = add_cohort(connection)
        for row, (uid, text) in enumerate(
            [("1.1", "CT Thorax"), ("1.1", "ct thorax"), ("1.2", "CT THORAX"), ("1.3", "Unclear")], start=2
        ):
            number = add_request(connection, loaded, row)
            add_sighting(
                connection, number, uid, description=text, verdict="description-unknown", modalities="CT\\SR"
            )
        number = add_request(connection, loaded, 9)
        add_sighting(connection, number, "1.4", description="Wanted already")
        add_sighting(
            connection,
            number,
            "1.5",
            match="other-patient",
            verdict="description-unknown",
            description="Other",
        )
    with reading(engine) as connection:
        waiting = descriptions.worklist(connection, LUNGS, Level.STUDY)
    assert [(each.shown, each.studies, each.modalities) for each in waiting] == [
        ("CT Thorax", 2, ("CT", "SR")),
        ("Unclear", 1, ("CT", "SR")),
    ]
    decide_on(engine, CT_Thorax="include")
    with reading(engine) as connection:
        waiting = descriptions.worklist(connection, LUNGS, Level.STUDY)
    assert [each.shown for each in waiting] == ["Unclear"]


def test_series_that_wait_are_noted_once_and_are_no_decision(engine: Engine) -> None:
    for at in (LOADED, LOADED + DAY):
        with writing(engine) as connection:
            descriptions.note(connection, LUNGS, Level.SERIES, ["Axial", "AXIAL ", "Dose"], at)
    with reading(engine) as connection:
        waiting = descriptions.worklist(connection, LUNGS, Level.SERIES)
        assert descriptions.history(connection, LUNGS) == []
        assert descriptions.listings(connection, LUNGS).version == 0
    assert [(each.first_seen, each.studies) for each in waiting] == [(LOADED, None)] * 2
    decide_on(engine, Level.SERIES, Axial="exclude")
    with reading(engine) as connection:
        assert len(descriptions.worklist(connection, LUNGS, Level.SERIES)) == 1


# --- judging again ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("decided", "opted_out", "expected"),
    [
        ({"CT_Thorax": "include"}, "", Verdict.WANTED),
        ({"CT_Thorax": "exclude"}, "", Verdict.DESCRIPTION_EXCLUDED),
        ({"CT_Thorax": "include"}, "PAT-1", Verdict.OPTED_OUT),
        ({"Other": "include"}, "", None),
    ],
    ids=["included", "excluded", "opted out", "another text"],
)
def test_a_decision_judges_what_waited_for_it(
    engine: Engine, decided: dict[str, str], opted_out: str, expected: Verdict | None
) -> None:
    with writing(engine) as connection:
        number = add_request(connection, add_cohort(connection), 2, patient_id="PAT-1")
        waits = add_sighting(connection, number, "1.2", verdict="description-unknown")
        elsewhere = add_request(connection, add_cohort(connection, project="hearts"), 2)
        add_sighting(connection, elsewhere, "1.2", verdict="description-unknown")
    decide_on(engine, **decided)
    with writing(engine) as connection:
        changed = rejudge(connection, LISTED, OptOuts(parse(opted_out)))
        assert rejudge(connection, LISTED, OptOuts(parse(opted_out))) == []
    assert [(each.sighting, each.verdict) for each in changed] == ([(waits, expected)] if expected else [])
    with reading(engine) as connection:
        kept = list(connection.scalars(select(sighting.c.verdict).order_by(sighting.c.id)))
    assert kept == [(expected or Verdict.DESCRIPTION_UNKNOWN).value, "description-unknown"]


def test_a_patient_who_opts_out_later_is_found_when_wanted_studies_are_judged_again(engine: Engine) -> None:
    with writing(engine) as connection:
        number = add_request(connection, add_cohort(connection), 2, patient_id="PAT-1")
        add_sighting(connection, number, "1.2")
        connection.execute(update(request).values(national_id="9434765919"))
        changed = rejudge(connection, project(), OptOuts(parse("943 476 5919")), {Verdict.WANTED})
    assert [each.verdict for each in changed] == [Verdict.OPTED_OUT]
    assert outcomes(engine)[0][0] == RequestOutcome.OPTED_OUT
