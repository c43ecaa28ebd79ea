"""`tirage release sign` and `refuse`: decide about what is proposed, by account and password."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tirage.cli.options import Json, Node

if TYPE_CHECKING:
    from tirage.service import Proposal

PASSWORD, CODE = "TIRAGE_PASSWORD", "TIRAGE_CODE"

Project = Annotated[str, typer.Argument(help="Name of the project.", show_default=False)]
Account = Annotated[
    str, typer.Option("--as", help="Your account at this node's console.", show_default=False)
]


def sign(project: Project, account: Account, node: Node = Path(), as_json: Json = False) -> None:
    """Sign what is proposed for a project, as an account of the console.

    Asks for the account's password and its code of this moment, or takes them from TIRAGE_PASSWORD and
    TIRAGE_CODE. With enough signatures the release is made: by a serving node, or by this command. Nobody
    signs what they asked for or were the last to review.
    """
    from tirage.cli.release import made_since, show_made
    from tirage.cli.screen import bars, console, print_json
    from tirage.cli.working import PATIENCE_S, bar, judge
    from tirage.model.identifiers import ProjectName
    from tirage.service import open_node
    from tirage.settings import load_settings

    name = ProjectName(project)
    with open_node(load_settings(node)) as opened:
        found = [each for each in opened.proposals() if each.project == name]
        for each in found if not as_json else []:
            print_proposal(each)
            console().print(f"  statement {each.statement}", soft_wrap=True)
        before = {each.version for each in opened.releases() if each.project == name}
        signed = opened.sign_release(name, account, shown())
        is_done, is_signed = True, signed.given >= signed.needed
        if is_signed:
            with bars(console(), hidden=as_json) as progress:
                is_done = opened.run_until_released(
                    name, bar(opened, progress, "releasing", project), PATIENCE_S
                )
        made = made_since(opened, name, before)
        failures = opened.failures() if is_signed else []
    if as_json:
        listed = [each.version for each in made]
        print_json({"project": project, "given": signed.given, "needed": signed.needed, "made": listed})
    else:
        console().print(f"Signed by {signed.given} of {signed.needed}.")
        show_made(made)
    judge(failures, is_done)


def refuse(
    project: Project,
    account: Account,
    because: Annotated[
        str, typer.Option(help="Why. Kept in the record: name no patient.", show_default=False)
    ],
    node: Node = Path(),
    as_json: Json = False,
) -> None:
    """Decline what is proposed for a project: nothing of it leaves until somebody asks anew."""
    from tirage.cli.screen import console, print_json
    from tirage.model.identifiers import ProjectName
    from tirage.service import open_node
    from tirage.settings import load_settings

    with open_node(load_settings(node)) as opened:
        opened.refuse_release(ProjectName(project), account, shown(), because)
    if as_json:
        print_json({"project": project, "refused": True})
    else:
        console().print(f"Refused. `tirage release make {project}` asks for a release anew.")


def shown() -> tuple[str, str]:
    """Password and code, as the person types them or as the environment says."""
    password, code = os.environ.get(PASSWORD), os.environ.get(CODE)
    if password is None:
        password = str(typer.prompt("Password", hide_input=True, err=True))
        code = code or str(typer.prompt("Code of this moment, if you have one", default="", err=True))
    return password, code or ""


def print_proposal(each: "Proposal") -> None:
    """That something waits for signatures, and how to give them."""
    from tirage.cli.screen import console

    noun = "verified object waits" if each.objects == 1 else "verified objects wait"
    signatures = "signature" if each.needed == 1 else "signatures"
    console().print(
        f"  {each.objects:,} {noun} as {each.version} for {each.needed - each.given} of {each.needed} "
        f"{signatures}: `tirage release sign {each.project} --as ACCOUNT`, or at the console.",
        soft_wrap=True,
    )
