"""``uptake serve``, the live page, and ``uptake demo``, the same page as a guided walk."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from sim.cli.options import (
    ASSIGNMENTS,
    BRAND,
    HOUR_COST,
    MARGIN,
    ORGANISATION,
    POSTERIOR,
    THREADS,
    WholeInDigits,
    base_from,
    brand_from,
    diagnosis_from,
    echo,
    margin_from,
    parameters_from,
    seeded,
    together,
)
from sim.errors import InputError, Problem

if TYPE_CHECKING:
    from sim.page.walk import Scene
    from sim.report.brand import Brand
    from sim.scenario import Scenario
    from sim.web.server_state import ServerState


AS_GIVEN = (
    "replicates", "seed", "weeks", "threads", "pseudonyms", "people", "hour_cost",
)  # fmt: skip
"""Options that the state of the page holds as they are."""

_serve_options = together(
    ORGANISATION,
    click.option(
        "--replicates", "-n", type=WholeInDigits(2, 1000), default=20, show_default=True,
        help="Replicates of each plan at every change; all plans have the same random numbers.",
    ),
    seeded("The same seed gives the same numbers."),
    click.option(
        "--weeks", type=WholeInDigits(4, 260), default=None,
        help="Length of the run, in place of the scenarios' own.",
    ),
    ASSIGNMENTS,
    POSTERIOR,
    MARGIN,
    click.option("--pseudonyms", is_flag=True, help="Never show people's ids."),
    click.option(
        "--people", is_flag=True,
        help="Let one person be asked about where people are real and have agreed; their ids "
        "are shown.",
    ),
    BRAND,
    HOUR_COST,
    click.option(
        "--walk", type=click.Path(exists=True, file_okay=False),
        help="A folder with scenes of your own for the guided walk, a YAML file each.",
    ),
    click.option(
        "--diagnosis", metavar="DIR", default=None,
        help="What uptake diagnose wrote with --out: the page shows it.",
    ),
    click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen."),
    click.option(
        "--token/--no-token", default=True, show_default=True,
        help="Ask for the token in the printed address; without, every account on this machine "
        "can open the page.",
    ),
    click.option(
        "--port", type=WholeInDigits(0, 65535), default=8321, show_default=True,
        help="0 takes any free one.",
    ),
    click.option(
        "--browser/--no-browser", default=True, show_default=True, help="Open a browser."
    ),
    THREADS,
)  # fmt: skip


@click.command()
@click.argument("files", nargs=-1, metavar="[FILE]...")
@_serve_options
def serve(files: tuple[str, ...], **options: Any) -> None:
    """Open the live page: plans side by side, week by week, to change and ask why.

    Each FILE is a scenario file, or the name of a shipped one; up to four stand side by side.
    Without any, training-first and trust-before-tools. It runs on this machine alone, keeps
    nothing, and ends with Ctrl-C.
    """
    _carry_out(files, stage="presets", **options)


def _carry_out(files: tuple[str, ...], *, stage: str, **options: Any) -> None:
    """Load, listen, and serve until interrupted."""
    from sim.web.guard import ServerAccess, is_loopback, new_token
    from sim.web.server import address_of, bind
    from sim.web.server import serve as run

    state = _state(files, stage, options)
    host = options["host"]
    if not options["token"] and not is_loopback(host):
        right = "a token, or a --host that only this machine reaches"
        raise InputError([Problem("--no-token", "", f"would open {host} to everybody", right)])
    access = ServerAccess(host, new_token() if options["token"] else "")
    listening = bind(host, options["port"])
    url = address_of(listening, access)
    ready = partial(echo, f"Uptake is at {url}  (Ctrl-C ends it)")
    run(state, listening, access, browser=options["browser"], ready=ready)
    echo("Ended. What was downloaded is kept; nothing else ever was.")


def _state(files: tuple[str, ...], stage: str, options: dict[str, Any]) -> ServerState:
    from sim import runner
    from sim.page.walk import load_walk
    from sim.sources import COMPARED, organisation_file
    from sim.web.server_state import MOST_PLANS, Limits, ServerState, check_size, check_template

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
    brand = brand_from(options["brand"]) if options["brand"] else None
    scenes = load_walk(options["walk"]) if options["walk"] else ()
    state = ServerState(
        scenarios=given | _plans_beside(options["walk"], scenes),
        opened=tuple(given),
        organisation=key,
        organisations={key: organisation},
        parameters=parameters_from(options["assignments"]),
        base=base_from(options["posterior"]),
        margin=margin_from(options["margin"]),
        walk=scenes,
        stage=stage,
        brand=_shown(brand) if brand else None,
        report=partial(_report, brand=brand, hour_cost=options["hour_cost"]),
        diagnosis=diagnosis_from(options["diagnosis"]) if options["diagnosis"] else None,
        **{name: options[name] for name in AS_GIVEN},
    )
    for name in {name for scene in scenes for name in scene.plans}:
        state.scenario(name)  # a scene whose plan is missing is found before anybody is shown it
    return state


def _plans_beside(folder: str | None, scenes: tuple[Scene, ...]) -> dict[str, Scenario]:
    """Return the plans of scenes that stand as files beside them, by name."""
    from sim import runner

    found: dict[str, Scenario] = {}
    for name in {name for scene in scenes for name in scene.plans} if folder else ():
        file = Path(folder or "") / f"{name}.yaml"
        if file.is_file():
            found[name] = runner.load_scenario(str(file))
    return found


def _shown(brand: Brand) -> dict[str, str]:
    """Return what the page shows of those it is by and for."""
    said = {name: getattr(brand, name) for name in ("client", "author", "date", "title", "accent",
                                                     "dark_accent")}  # fmt: skip
    return said | {"logo": brand.logo.address if brand.logo else ""}


def _report(results: Any, pseudonyms: bool, *, brand: Brand | None, hour_cost: float) -> str:
    from sim.report.document.build import build
    from sim.report.document.report_data import gather

    material = gather(
        results,
        pseudonyms=pseudonyms,
        command="uptake serve",
        brand=brand or brand_from(None),
        hour_cost=hour_cost,
    )
    return build(material)


@click.command()
@_serve_options
def demo(**options: Any) -> None:
    """Open the live page, and be led through it in seven scenes.

    A made-up firm: licences alone, the training trap, a mandate, a bet, trust or training
    first, what would help most. --walk shows scenes of your own.
    """
    _carry_out((), stage="walk", **options)
