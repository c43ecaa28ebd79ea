"""An approver reads what is fetched, what is left out, and when again."""

from tirage.policy.describe import describe
from tirage.policy.profile import compile_profile
from tirage.policy.project import load_project

ABOUT = "project:\n  name: lungs\n  title: A synthetic project\n"
EVERYTHING = """\
archives: [pacs, vna]
fetch:
  study_descriptions: listed
  series_descriptions: listed
  minimum_instances: 10
  exclude_deceased: false
  opt_out: [national.csv, local.txt]
  placeholder_dates: [1900-01-01]
schedule:
  cron: "0 3 1 */3 *"
  zone: Europe/London
  cohort: patients.csv
  links: links.csv
"""


def lines(text: str) -> tuple[str, ...]:
    project = load_project(ABOUT + text)
    found = {part.title: part.lines for part in describe(project, compile_profile(project))}
    return found["What is fetched from archives"]


def test_a_project_without_archives_fetches_nothing_and_says_so() -> None:
    assert lines("") == ("Nothing: no archive is named",)


def test_a_schedule_without_archives_is_pointed_out() -> None:
    assert lines("schedule:\n  cron: 0 3 1 * *\n  cohort: patients.csv\n")[1].startswith("A schedule is set")


def test_what_is_left_out_by_default_is_said_as_is_what_is_missing() -> None:
    assert lines("archives: [pacs]\n") == (
        "From pacs: what the rows of its cohort ask for, and nothing else",
        "NO OPT-OUT LIST is named: whoever opted out must be left out of the cohort",
        "Nothing of patients whom the cohort marks as deceased",
        "No study dated 1900-01-01 or 2099-01-01: these dates stand for none",
        "When someone asks for it: no schedule is set",
    )


def test_every_rule_that_is_set_has_its_sentence() -> None:
    said = "\n".join(lines(EVERYTHING))
    for words in (
        "From pacs, and what it does not have from vna",
        "Studies only whose description",
        "Series only whose description",
        "national.csv, local.txt",
        "deceased are fetched like others",
        "fewer than 10 instances",
        "No study dated 1900-01-01: ",
        "Again by itself at `0 3 1 */3 *` (minute hour day month weekday, Europe/London): patients.csv",
        "with the links of links.csv",
    ):
        assert words in said, words
