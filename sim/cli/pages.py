"""What opens in a browser: ``uptake report``, offline; ``serve``, live; ``demo``, a guided walk."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from sim.cli import options as opt
from sim.cli.options import replicates
from sim.cli.run import order_alone, shared_arguments
from sim.errors import InputError, Problem, refusal
from sim.numbers import fixed

if TYPE_CHECKING:
    from sim.report.brand import Brand
    from sim.report.document.report_data import ReportData, ReportExtra
    from sim.results import Results
    from sim.scenario import Scenario
    from sim.web.server_state import Scene, ServerState


@click.command()
@click.argument("sources", nargs=-1, metavar="[FILE]... | DIR")
@click.option(
    "--out", type=opt.PATH, default="report.html", show_default=True,
    metavar="FILE", help="Write the report here.",
)  # fmt: skip
@click.option(
    "--pdf", is_flag=True,
    help="Print it to a PDF beside it, where there is Chromium, with its tables as a zip file.",
)  # fmt: skip
@click.option(
    "--slides", is_flag=True,
    help="Make slides of its key charts beside it (needs the extra 'slides').",
)  # fmt: skip
@opt.BRAND
@opt.HOUR_COST
@click.option("--force", is_flag=True, help="Replace an earlier report.")
@click.option(
    "--diagnosis", metavar="DIR", default=None,
    help="What uptake diagnose wrote with --out: a section of the report.",
)  # fmt: skip
@click.option(
    "--pseudonyms", is_flag=True,
    help="Replace people's ids in the replay; those of real people always are.",
)  # fmt: skip
@replicates(2, 100_000)
@opt.seeded("The same seed gives the same report.")
@opt.WEEKS
@opt.ASSIGNMENTS
@opt.ORGANISATION
@opt.POSTERIOR
@opt.MARGIN
@opt.THREADS
def report(sources: tuple[str, ...], **options: Any) -> None:
    """Write a report: one HTML file that opens from disk, offline, with the replay in it.

    Each FILE is a scenario file, or the name of a shipped one; DIR is a folder that uptake
    compare, run, plan or sweep wrote. Without any, training-first and trust-before-tools, and
    a line on what their order does alone.
    """
    from sim.report.document.beside import browser
    from sim.report.document.build import build, check_target, write_report
    from sim.report.document.report_data import gather
    from sim.report.slides import check_slides

    out: Path = options["out"]
    files = _beside(out, pdf=options["pdf"], slides=options["slides"])
    check_target(out, options["force"], list(files.values()))
    brand = opt.brand_from(options["brand"])
    program = browser() if options["pdf"] else ""
    if options["slides"]:
        check_slides()
    results, extra = _results(sources, options)
    if options["diagnosis"]:
        extra = _diagnosis(options["diagnosis"], extra)
    with _notes() as note:
        material = gather(
            results, pseudonyms=options["pseudonyms"], command=_command(sources, options),
            extra=extra, brand=brand, hour_cost=options["hour_cost"],
            threads=options["threads"], note=note,
        )  # fmt: skip
        records = replace(results.records, people=None)  # kept to explain, not to hand on
        material = replace(material, results=replace(results, records=records))
        text = build(material)
    write_report(text, out)
    opt.echo(f"Written: {out} ({fixed(out.stat().st_size / 1e6, 1)} MB); it opens offline.")
    _write_beside(material, out, program, files)


def _beside(out: Path, *, pdf: bool, slides: bool) -> dict[str, Path]:
    """Return the files that are written beside the report."""
    names = {"slides": out.with_suffix(".pptx")} if slides else {}
    if pdf:
        names |= {"pdf": out.with_suffix(".pdf"), "tables": out.with_name(f"{out.stem}-tables.zip")}
    return names


def _write_beside(material: ReportData, out: Path, program: str, files: dict[str, Path]) -> None:
    from sim.files import write_whole
    from sim.report.document.beside import tables_zip, write_pdf
    from sim.report.slides import write_slides

    if "slides" in files:
        write_slides(material, files["slides"])
        opt.echo(f"Slides: {files['slides']}")
    if "pdf" in files:
        write_pdf(out, files["pdf"], program=program)
        write_whole(files["tables"], tables_zip(material))
        opt.echo(f"Printed: {files['pdf']}, with {files['tables']}")


def _diagnosis(folder: str, extra: ReportExtra | None) -> ReportExtra:
    """Return a diagnosis as the section before the comparison."""
    from sim.report.document.report_data import ReportExtra

    if extra is not None:
        right = "scenario files: a folder of plans or a sweep has a section of its own"
        raise refusal("--diagnosis", "", "stands beside a folder", right)
    said = opt.diagnosis_from(folder)
    return ReportExtra(said["title"], "diagnosis", said | {"heading": said["title"]})


def _results(
    sources: tuple[str, ...], options: dict[str, Any]
) -> tuple[Results, ReportExtra | None]:
    folders = [source for source in sources if Path(source).is_dir()]
    if folders:
        return _of_folder(sources, options)
    from sim import runner
    from sim.sources import COMPARED, ORDER_ALONE

    shared = shared_arguments(options)
    shared["parameter_sets"] = opt.base_from(options["posterior"])
    shared["margin"] = opt.margin_from(options["margin"])
    plans = len(sources) or len(COMPARED) + len(ORDER_ALONE)
    with opt.progress_bar(plans * options["replicates"]) as progress:
        shared["progress"] = progress
        results = runner.compare(
            sources or COMPARED, record_teams=True, record_people=None, **shared
        )
        if sources:
            return results, None
        return replace(results, remarks=(order_alone(record_teams=False, **shared),)), None


def _of_folder(
    sources: tuple[str, ...], options: dict[str, Any]
) -> tuple[Results, ReportExtra | None]:
    from sim.report.document.report_data import report_source

    if len(sources) > 1:
        right = "one folder alone, or scenario files"
        raise refusal("uptake report", "", "a folder stands beside others", right)
    margin = opt.margin_from(options["margin"]) if opt.is_given("margin") else None
    given = [
        f"--{name}".replace("assignments", "set")
        for name in ("seed", "weeks", "assignments", "posterior")
        if opt.is_given(name)
    ]
    if given:
        right = "leave it out, or name scenario files"
        raise InputError(Problem(name, "", "is what the folder says", right) for name in given)
    organisation, replicates = options["organisation"], options["replicates"]
    asked = report_source(
        Path(sources[0]), organisation, replicates=replicates, threads=options["threads"]
    )
    opt.echo(asked.said, err=True)
    if margin is None:
        return asked.results, asked.extra
    return replace(asked.results, margin=margin), asked.extra


def _command(sources: tuple[str, ...], options: dict[str, Any]) -> str:
    """Return the command that makes the same report again."""
    words = ["uptake", "report", *sources, "--replicates", str(options["replicates"])]
    if not any(Path(source).is_dir() for source in sources):
        words += ["--seed", str(options["seed"])]
        words += ["--weeks", str(options["weeks"])] if options["weeks"] else []
        for assignment in options["assignments"]:
            words += ["--set", assignment]
        words += ["--posterior", str(options["posterior"])] if options["posterior"] else []
    words += ["--organisation", options["organisation"]] if options["organisation"] else []
    words += ["--margin", options["margin"]] if options["margin"] != "1" else []
    words += ["--diagnosis", options["diagnosis"]] if options["diagnosis"] else []
    words += ["--brand", str(options["brand"])] if options["brand"] else []
    words += ["--hour-cost", f"{options['hour_cost']:g}"] if options["hour_cost"] else []
    words += ["--pseudonyms"] if options["pseudonyms"] else []
    return shlex.join(words)


@contextmanager
def _notes() -> Iterator[Callable[[str], None] | None]:
    """Say on standard error what is being done, where that is a terminal."""
    from sim.report.console import Terminal

    console = Terminal(stderr=True)
    if not console.is_terminal:
        yield None
        return
    with console.status("running again") as status:
        yield lambda what: status.update(f"running again: {what}")


AS_GIVEN = (
    "replicates", "seed", "weeks", "threads", "pseudonyms", "people", "hour_cost",
)  # fmt: skip
"""Options that the state of the page holds as they are."""

_serve_options = opt.together(
    opt.ORGANISATION,
    click.option(
        "--replicates", "-n", type=opt.WholeInDigits(2, 1000), default=20, show_default=True,
        help="Replicates of each plan at every change; all plans have the same random numbers.",
    ),
    opt.seeded("The same seed gives the same numbers."),
    click.option(
        "--weeks", type=opt.WholeInDigits(4, 260), default=None,
        help="Length of the run, in place of the scenarios' own.",
    ),
    opt.ASSIGNMENTS,
    opt.POSTERIOR,
    opt.MARGIN,
    click.option("--pseudonyms", is_flag=True, help="Never show people's ids."),
    click.option(
        "--people", is_flag=True,
        help="Let one person be asked about where people are real and have agreed; their ids "
        "are shown.",
    ),
    opt.BRAND,
    opt.HOUR_COST,
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
        "--port", type=opt.WholeInDigits(0, 65535), default=8321, show_default=True,
        help="0 takes any free one.",
    ),
    click.option(
        "--browser/--no-browser", default=True, show_default=True, help="Open a browser."
    ),
    opt.THREADS,
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
        raise refusal("--no-token", "", f"would open {host} to everybody", right)
    access = ServerAccess(host, new_token() if options["token"] else "")
    listening = bind(host, options["port"])
    url = address_of(listening, access)
    ready = partial(opt.echo, f"Uptake is at {url}  (Ctrl-C ends it)")
    run(state, listening, access, browser=options["browser"], ready=ready)
    opt.echo("Ended. What was downloaded is kept; nothing else ever was.")


def _state(files: tuple[str, ...], stage: str, options: dict[str, Any]) -> ServerState:
    from sim import runner
    from sim.sources import COMPARED, organisation_file
    from sim.web.server_state import (
        MOST_PLANS,
        Limits,
        ServerState,
        check_size,
        check_template,
        load_walk,
    )

    sources = files or COMPARED
    if len(sources) > MOST_PLANS:
        right = f"up to {MOST_PLANS} side by side"
        raise refusal("uptake serve", "", f"{len(sources)} plans are given", right)
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
    brand = opt.brand_from(options["brand"]) if options["brand"] else None
    scenes = load_walk(options["walk"]) if options["walk"] else ()
    state = ServerState(
        scenarios=given | _plans_beside(options["walk"], scenes), opened=tuple(given),
        organisation=key, organisations={key: organisation},
        parameters=opt.parameters_from(options["assignments"]),
        base=opt.base_from(options["posterior"]), margin=opt.margin_from(options["margin"]),
        walk=scenes, stage=stage, brand=_shown(brand) if brand else None,
        report=partial(_report, brand=brand, hour_cost=options["hour_cost"]),
        diagnosis=opt.diagnosis_from(options["diagnosis"]) if options["diagnosis"] else None,
        **{name: options[name] for name in AS_GIVEN},
    )  # fmt: skip
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
        results, pseudonyms=pseudonyms, command="uptake serve", brand=brand or opt.brand_from(None),
        hour_cost=hour_cost,
    )  # fmt: skip
    return build(material)


@click.command()
@_serve_options
def demo(**options: Any) -> None:
    """Open the live page, and be led through it in seven scenes.

    A made-up firm: licences alone, the training trap, a mandate, a bet, trust or training
    first, what would help most. --walk shows scenes of your own.
    """
    _carry_out((), stage="walk", **options)
