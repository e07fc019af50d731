"""The command ``uptake serve``: the live page."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import rich_click as click

from sim.cli.echo import echo
from sim.cli.options import (
    ASSIGNMENTS,
    MARGIN,
    ORGANISATION,
    THREADS,
    margin_from,
    parameters_from,
    with_options,
)

if TYPE_CHECKING:
    from sim.web.house import House

__all__ = ["carry_out", "serve", "serve_options"]

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS = (
    ORGANISATION,
    click.option(
        "--replicates", "-n", type=click.IntRange(2, 1000), default=20, show_default=True,
        help="Replicates of each plan at every change; all plans have the same random numbers.",
    ),
    click.option(
        "--seed", type=click.IntRange(0, 2**63 - 1), default=0, show_default=True,
        help="The same seed gives the same numbers.",
    ),
    click.option(
        "--weeks", type=click.IntRange(4, 260), default=None,
        help="Length of the run, in place of the scenarios' own.",
    ),
    ASSIGNMENTS,
    MARGIN,
    click.option("--pseudonyms", is_flag=True, help="Never show people's ids."),
    click.option(
        "--host", default="127.0.0.1", show_default=True,
        help="Where to listen.",
    ),
    click.option(
        "--token/--no-token", default=True, show_default=True,
        help="Ask for the token in the printed address; without, every account on this machine "
        "can open the page.",
    ),
    click.option(
        "--port", type=click.IntRange(0, 65535), default=8321, show_default=True,
        help="0 takes any free one.",
    ),
    click.option(
        "--browser/--no-browser", default=True, show_default=True, help="Open a browser."
    ),
    THREADS,
)  # fmt: skip


def serve_options(command: F) -> F:
    """Add the options of the live page to a command."""
    return with_options(_OPTIONS, command)


@click.command()
@click.argument("files", nargs=-1, metavar="[FILE]...")
@serve_options
def serve(files: tuple[str, ...], **options: Any) -> None:
    """Open the live page: plans side by side, week by week, to change and ask why.

    Each FILE is a scenario file, or the name of a shipped one; up to four stand side by side.
    Without any, training-first and trust-before-tools. It runs on this machine alone, keeps
    nothing, and ends with Ctrl-C.
    """
    carry_out(files, stage="presets", **options)


def carry_out(files: tuple[str, ...], *, stage: str, **options: Any) -> None:
    """Load, listen, and serve until interrupted."""
    from sim.errors import InputError, Problem
    from sim.web.guard import Access, is_loopback, new_token
    from sim.web.server import address_of, bind
    from sim.web.server import serve as run

    house = _house(files, stage, options)
    host = options["host"]
    if not options["token"] and not is_loopback(host):
        right = "a token, or a --host that only this machine reaches"
        raise InputError([Problem("--no-token", "", f"would open {host} to everybody", right)])
    access = Access(host, new_token() if options["token"] else "")
    listening = bind(host, options["port"])
    url = address_of(listening, access)
    run(
        house,
        listening,
        access,
        browser=options["browser"],
        ready=lambda: echo(f"Uptake is at {url}  (Ctrl-C ends it)"),
    )
    echo("Ended. What was downloaded is kept; nothing else ever was.")


def _house(files: tuple[str, ...], stage: str, options: dict[str, Any]) -> House:
    from pathlib import Path

    from sim import runner
    from sim.errors import InputError, Problem
    from sim.shipped import COMPARED, organisation_file
    from sim.web.house import House, Limits, check_size, check_template
    from sim.web.session import MOST_PLANS

    sources = files or COMPARED
    if len(sources) > MOST_PLANS:
        right = f"up to {MOST_PLANS} side by side"
        raise InputError([Problem("uptake serve", "", f"{len(sources)} plans are given", right)])
    given = {Path(source).stem: runner.load_scenario(source) for source in sources}
    place = options["organisation"]
    if place is None:
        named = [one.organisation for one in given.values() if one.organisation]
        place = named[0] if named else None
    if place is not None:
        check_template(organisation_file(place), Limits())
    organisation = runner.load_organisation(place)
    check_size(organisation, Limits())
    key = Path(place).stem if place is not None else "services-firm"
    return House(
        scenarios=given,
        opened=tuple(given),
        organisation=key,
        organisations={key: organisation},
        replicates=options["replicates"],
        seed=options["seed"],
        weeks=options["weeks"],
        parameters=parameters_from(options["assignments"]),
        margin=margin_from(options["margin"]),
        threads=options["threads"],
        pseudonyms=options["pseudonyms"],
        stage=stage,
        report=_report,
    )


def _report(results: Any, pseudonyms: bool) -> str:
    from sim.report.document.write import html_of

    return html_of(results, pseudonyms=pseudonyms, command="uptake serve")
