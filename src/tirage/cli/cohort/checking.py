"""`tirage cohort check`: what is wrong with a list, before it is loaded and without a node."""

import typer

from tirage.cli.cohort.order import ColumnNames, LinksPath, ListPath, make_order, watched
from tirage.cli.options import Json


def check(path: ListPath, links: LinksPath = None, column: ColumnNames = None, as_json: Json = False) -> None:
    """Check a list as `load` would, without a node or a project. Ends with 1 when rows are wrong.

    Prints what each column says, what was noted, and each problem by row, field and code, never a value.
    """
    from tirage.cli.cohort.report import checked_json, print_checked
    from tirage.cli.screen import console, print_json
    from tirage.service.lists import read_list

    with watched("checking", as_json) as advance:
        checked = read_list(make_order(path, links, column or ()), advance=advance).checked
    if as_json:
        print_json(checked_json(checked))
    else:
        print_checked(console(), checked)
        words = "[green]in order[/]" if checked.is_sound else "[red]not in order[/]"
        console().print(f"The list is {words}.")
    if not checked.is_sound:
        raise typer.Exit(1)
