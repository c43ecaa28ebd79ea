"""What a project asks archives for, in words for someone who has to approve it."""

from collections.abc import Iterator
from datetime import date

from tirage.policy.fields import Project
from tirage.policy.requests import Descriptions, Fetch, Schedule


def fetching(project: Project) -> tuple[str, ...]:
    """Sentences about archives, what of them is left out, and the schedule."""
    if not project.archives:
        unkept = ("A schedule is set, and fetches nothing without archives",) if project.schedule else ()
        return ("Nothing: no archive is named", *unkept)
    return (_archives(project.archives), *_rules(project.fetch), _schedule(project.schedule))


def _archives(names: tuple[str, ...]) -> str:
    asked = "what the rows of its cohort ask for, and nothing else"
    if len(names) == 1:
        return f"From {names[0]}: {asked}"
    first, *others = names
    return f"From {first}, and what it does not have from {', then '.join(others)}: {asked}"


def _rules(fetch: Fetch) -> Iterator[str]:
    if fetch.study_descriptions is Descriptions.LISTED:
        yield "Studies only whose description a person has included; new descriptions wait for a decision"
    if fetch.series_descriptions is Descriptions.LISTED:
        yield "Series only whose description a person has included; new descriptions wait for a decision"
    if fetch.opt_out:
        yield (
            f"Nothing of patients who opted out (listed in {', '.join(fetch.opt_out)}): the lists are read "
            "again before every release, too"
        )
    else:
        yield "NO OPT-OUT LIST is named: whoever opted out must be left out of the cohort"
    if fetch.exclude_deceased:
        yield "Nothing of patients whom the cohort marks as deceased"
    else:
        yield "Patients whom the cohort marks as deceased are fetched like others"
    if fetch.minimum_instances > 1:
        yield f"No study of which the archive counts fewer than {fetch.minimum_instances:,} instances"
    if fetch.placeholder_dates:
        yield f"No study dated {_either(fetch.placeholder_dates)}: these dates stand for none"


def _schedule(schedule: Schedule | None) -> str:
    if schedule is None:
        return "When someone asks for it: no schedule is set"
    links = f" with the links of {schedule.links}" if schedule.links else ""
    return (
        f"Again by itself at `{schedule.cron}` (minute hour day month weekday, {schedule.zone}): "
        f"{schedule.cohort} is loaded anew{links}, and what it asks for is fetched"
    )


def _either(days: tuple[date, ...]) -> str:
    return " or ".join(day.isoformat() for day in days)
