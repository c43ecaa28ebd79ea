"""The words of notices, and what never stands in them."""

import json
from typing import get_args

import pytest
from tests.make import person

from tirage.deliver.notices import CHECKS, message, sentence
from tirage.model.advice import MEANING
from tirage.model.notices import Event, Happening
from tirage.model.reasons import HoldReason
from tirage.service import alarms

AT = 1_800_000_000_000_000
VALUES = {"destination": "archive", "version": 3, "objects": 1200, "code": "NO_SPACE", "signatures": 1}


@pytest.mark.parametrize("what", Happening)
def test_every_happening_has_a_sentence(what: Happening) -> None:
    words = sentence(Event("audit:1", what, "lung", AT, VALUES))
    assert words
    assert "{" not in words


def test_a_failed_delivery_says_where_what_and_why_in_words() -> None:
    words = sentence(Event("audit:1", Happening.DELIVERY_FAILED, "lung", AT, VALUES))
    assert words == "release v0003 could not be delivered to archive: it has no room left (NO_SPACE)"


@pytest.mark.parametrize("reason", [each for kind in get_args(HoldReason) or [HoldReason] for each in kind])
def test_holds_are_told_in_the_words_of_the_page_about_holds(reason: HoldReason) -> None:
    made = sentence(Event("holds:1", Happening.HOLDS, "lung", AT, {str(reason): 2, "total": 5}))
    assert f"2 {MEANING[reason]} ({reason}); 5 wait in all" in made


def test_the_same_events_make_the_same_id_and_other_recipients_or_events_another() -> None:
    first, second = (Event(f"audit:{n}", Happening.RELEASED, "lung", AT, VALUES) for n in (1, 2))
    made = message([first], "mail:a@example.org", "")
    assert message([first], "mail:a@example.org", "") == made
    assert message([first], "mail:b@example.org", "").id != made.id
    assert message([first, second], "mail:a@example.org", "").id != made.id


def test_a_value_that_is_not_what_it_should_be_is_not_shown() -> None:
    who = person(1)
    planted = [who.name, who.family, who.family.upper(), who.patient_id, "1.2.840.99.1", "/data/lung/x.dcm"]
    for text in planted:
        for name in [*VALUES, "percent", "days", "total", "check", text]:
            if name == "destination" and text.islower():
                continue
            for what in Happening:
                made = message([Event("audit:1", what, "lung", AT, {name: text})], "mail:a@example.org", "")
                assert text not in made.subject + made.text + json.dumps(made.body), (name, what)


def test_a_subject_is_one_line_whatever_a_value_holds() -> None:
    values = {"destination": "share\nBcc: x@example.org", "code": "NO_SPACE\r\nX: y"}
    made = message(
        [Event("audit:1", Happening.DELIVERY_FAILED, "lung", AT, values)], "mail:a@example.org", ""
    )
    assert made.subject.isprintable()
    assert "Bcc" not in made.text


def test_every_check_of_the_node_has_words() -> None:
    assert set(alarms.CHECKS) <= set(CHECKS)


def test_a_message_links_to_the_console_where_it_has_an_address() -> None:
    event = Event("audit:1", Happening.RELEASED, "lung", AT, VALUES)
    made = message([event], "mail:a@example.org", "https://tirage.example.org/")
    assert "https://tirage.example.org/releases" in made.text
    assert made.body["link"] == "https://tirage.example.org/releases"
