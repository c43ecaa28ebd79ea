"""What an approver reads is what the program does."""

from tirage.link.pseudonym import date_offset_days
from tirage.policy.describe import describe
from tirage.policy.profile import compile_profile
from tirage.policy.project import example_text, load_project


def test_dates_move_as_far_and_in_the_direction_the_words_say() -> None:
    text = example_text("demo") + "dates:\n  max_shift_days: 3\n"
    project = load_project(text, "demo.yaml")
    [dates] = [part for part in describe(project, compile_profile(project)) if part.title == "Dates"]
    assert dates.lines[0].endswith("at most 3, into the past")
    offsets = {date_offset_days(bytes(32), f"P{number}", 3) for number in range(100)}
    assert offsets == {-3, -2, -1}
