"""Options that several commands share, what they say, and lines on the terminal."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click
from click.core import ParameterSource

from sim.errors import InputError, Problem, did_you_mean, refusal, shown

if TYPE_CHECKING:
    from sim.errors import Note
    from sim.report.brand import Brand


def echo(text: object, *, err: bool = False, nl: bool = True) -> None:
    """Print a line without control sequences from files or names in it."""
    click.echo(shown(str(text)), err=err, nl=nl)


_IN_DIGITS = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?"


def number_in_digits(text: str) -> float | None:
    """Return the number that a plain decimal text writes; None for any other text.

    ``float`` takes 1_0 for 10, and nan and inf for numbers.

    >>> [number_in_digits(text) for text in ("2.5", "-1e-3", "1_0", "nan")]
    [2.5, -0.001, None, None]
    """
    value = float(text) if re.fullmatch(_IN_DIGITS, text) else float("nan")
    return value if isfinite(value) else None


def _in_digits(range_: Any, what: str, value: Any, where: tuple[Any, Any], convert: Any) -> Any:
    """Return a number in a range, in digits: Python would read 1_0 as 10, and take nan for one."""
    text = str(value).strip()
    if number_in_digits(text) is not None:
        with suppress(click.BadParameter):
            return convert(text, *where)
    least = range_.min is not None and f" {'above' if range_.min_open else 'from'} {range_.min:,}"
    most = range_.max is not None and f" to {range_.max:,}"
    plain = "" if text.isascii() and text.lstrip("+-").isdecimal() else ", in digits"
    return range_.fail(f"is {value} — {what}{least or ''}{most or ''}{plain}", *where)


class WholeInDigits(click.IntRange):
    """A whole number in a range, in digits alone."""

    def convert(self, value: Any, param: Any, ctx: Any) -> int:
        """Return the number; fail where the text is none, or out of the range."""
        return int(_in_digits(self, "a whole number", value, (param, ctx), super().convert))


class NumberInDigits(click.FloatRange):
    """A number in a range, in digits."""

    def convert(self, value: Any, param: Any, ctx: Any) -> float:
        """Return the number; fail where the text is none, or out of the range."""
        return float(_in_digits(self, "a number", value, (param, ctx), super().convert))


class OneOf(click.Choice):  # type: ignore[type-arg]  # no class of its words before 8.2
    """One of some words; a near-miss is named."""

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """Return the word; fail where it is none of them."""
        if value not in self.choices:
            self.fail(f"is {value} — {did_you_mean(str(value), self.choices)}", param, ctx)
        return super().convert(value, param, ctx)


def misused(error: click.ClickException) -> str:
    """Return in one line what is wrong with what was typed: where, what, and what is right."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "uptake"
    where, what, right = command, error.message.strip().rstrip("."), f"see {command} --help"
    if isinstance(error, click.BadParameter) and error.param is not None:
        option = isinstance(error.param, click.Option)
        names = error.param.opts if option else [str(error.param.name).upper()]
        where = f"{command} {max(names, key=len)}"
        right = str(getattr(error.param, "help", None) or right).rstrip(".")
        what = "is missing" if isinstance(error, click.MissingParameter) else what
    elif isinstance(error, click.NoSuchOption):
        where, what = f"{command} {error.option_name}", "there is no such option"
        right = f"did you mean {error.possibilities[0]}?" if error.possibilities else right
    elif extra := re.match(r"Got unexpected extra arguments? \((.*)\)$", what):
        where, what = f"{command} {extra[1]}", "is one thing more than can be given"
    what = " ".join(what.split())
    return f"{where}: {what}" if " — " in what else f"{where}: {what} — {right}"


PATH = click.Path(path_type=Path)

ASSIGNMENTS = click.option(
    "--set", "assignments", metavar="NAME=VALUE", multiple=True,
    help="Set a parameter; may be repeated. See uptake parameters.",
)  # fmt: skip
ORGANISATION = click.option(
    "--organisation", metavar="PATH", default=None,
    help="A folder with people.csv and ties.csv, a template file, a shipped name, or a "
    "client's exports: a file, or a folder of them.",
)  # fmt: skip
BRAND = click.option(
    "--brand", type=PATH, default=None, metavar="FILE",
    help="YAML with logo, colours, client, author, date and title.",
)  # fmt: skip
HOUR_COST = click.option(
    "--hour-cost", type=NumberInDigits(min=0), default=0.0, show_default=True,
    help="Euros that an hour of a person costs, to price what would help most; 0: hours only.",
)  # fmt: skip
MARGIN = click.option(
    "--margin", metavar="POINTS", default="1", show_default=True,
    help="Smallest difference that matters, in percentage points.",
)  # fmt: skip
POSTERIOR = click.option(
    "--posterior", metavar="FILE", type=PATH, default=None,
    help="Parameter sets, as uptake calibrate writes them; the shipped sample by default.",
)  # fmt: skip
THREADS = click.option(
    "--threads", type=WholeInDigits(1, 1024), default=None,
    help="Processors to use; all by default. Changes no number.",
)  # fmt: skip
SAMPLES = click.option(
    "--samples", type=WholeInDigits(2, 100_000), default=100, show_default=True,
    help="Parameter sets, where there are several; then 4 replicates of each unless --replicates "
    "says.",
)  # fmt: skip
WEEKS = click.option(
    "--weeks", type=WholeInDigits(1, 1040), default=None,
    help="Length of the run, in place of the scenario's own.",
)  # fmt: skip


def replicates(least: int, most: int = 1_000_000) -> Callable[[Any], Any]:
    """Return the option that says how many replicates are run, from ``least`` to ``most``."""
    return click.option(
        "--replicates", "-n", type=WholeInDigits(least, most), default=200, show_default=True,
        help="Replicates of each scenario; replicate i has the same random numbers in all of them.",
    )  # fmt: skip


def seeded(says: str) -> Callable[[Any], Any]:
    """Return the option ``--seed``, with what the same one gives."""
    number = WholeInDigits(0, 2**63 - 1)
    return click.option("--seed", type=number, default=0, show_default=True, help=says)


def first_day(says: str) -> Callable[[Any], Any]:
    """Return the option ``--start``: a date, of a day of week 1."""
    return click.option(
        "--start", metavar="DATE", type=click.DateTime(["%Y-%m-%d"]), default=None, help=says,
        callback=lambda _context, _option, said: said and said.date(),
    )  # fmt: skip


def is_given(option: str) -> bool:
    """Return whether whoever calls the command said an option, rather than nothing."""
    context: Any = click.get_current_context()
    return context.get_parameter_source(option) is not ParameterSource.DEFAULT


def say_notes(notes: Iterable[Note]) -> None:
    """Say on standard error what was repaired, missing or odd, and how often."""
    for note in notes:
        times = f" ({note.times:,})" if note.times > 1 else ""
        echo(f"Note: {note.what}{times}.", err=True)


def into_folder(says: str) -> Callable[[Any], Any]:
    """Return the option ``--out``, with what is written into the folder that it names."""
    return click.option("--out", metavar="DIR", type=PATH, default=None, help=says)


def together(*options: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return one decorator that adds options to a command, in their order."""

    def add(command: Any) -> Any:
        for option in reversed(options):
            command = option(command)
        return command

    return add


def parameters_from(assignments: tuple[str, ...]) -> dict[str, float]:
    """Return the parameters that ``--set`` sets.

    Raises InputError with everything wrong in all of them: form, name, number and range.

    >>> parameters_from(("b_trust=2",))
    {'b_trust': 2.0}
    """
    from sim.parameters import PARAMETERS, problems_of_parameter

    values: dict[str, float] = {}
    problems: list[Problem] = []
    for assignment in assignments:
        name, equals, text = (part.strip() for part in assignment.partition("="))
        where = f"--set {assignment}"
        if not equals or not name:
            problems.append(Problem(where, "", "is no assignment", "name=value, as b_trust=2"))
            continue
        value = number_in_digits(text)
        if value is None:
            problems.append(Problem(where, "", f"{text or 'nothing'} is no number", "a number"))
            value = PARAMETERS[name].value if name in PARAMETERS else 0.0
        if wrong := problems_of_parameter(name, value):
            problems.append(Problem(where, "", *wrong))
        if name in values:
            problems.append(Problem(where, "", f"{name} is set twice", "each parameter once"))
        values[name] = value
    if problems:
        raise InputError(problems)
    return values


def base_from(file: Path | None) -> Any:
    """Return the most central parameter set of a file, in place of the defaults.

    All of its sets are the posterior from here on; None without a file.
    """
    if file is None:
        return None
    from sim.posterior import central, read_sets, use

    rows = read_sets(file)
    use(rows)
    return central(rows)


def margin_from(text: str) -> float:
    """Return the margin that ``--margin`` sets, as a share.

    Raises InputError where it is no number, or out of range.

    >>> margin_from("2.5")
    0.025
    """
    from sim.contrast import is_margin

    points = number_in_digits(text.strip())
    if points is None or not is_margin(points / 100):
        right = "a number from 0 to under 100, as --margin 1"
        raise refusal(f"--margin {text}", "", "is no number of points", right)
    return points / 100


@contextmanager
def progress_bar(runs: int) -> Iterator[Callable[[int], None] | None]:
    """Show a progress bar on standard error where that is a terminal.

    Gives the callable that takes how many runs have just ended.
    """
    from sim.report.console import Terminal

    console = Terminal(stderr=True)
    if not console.is_terminal:
        yield None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), "runs")
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as progress:
        task = progress.add_task("compiling the first time, then running", total=runs)

        def ended(count: int) -> None:
            progress.update(task, advance=count, description="running")

        yield ended


def brand_from(file: Path | None) -> Brand:
    """Return whose a page or a report is; dated today where the file says no date.

    Raises InputError as ``sim.report.brand.load_brand``.
    """
    from datetime import date

    from sim.report.brand import Brand, load_brand

    brand = load_brand(file) if file else Brand()
    return brand if brand.date else replace(brand, date=date.today().isoformat())


def diagnosis_from(folder: str) -> dict[str, Any]:
    """Return what page and report say of a diagnosis that ``uptake diagnose`` wrote."""
    from sim.analysis.diagnosis.causes import read_stored
    from sim.page.words import diagnosis_part

    return diagnosis_part(read_stored(Path(folder)))
