"""Write what follows from code and records: ``python docs/generate.py``; ``--check`` compares.

That is docs/reference, the tables inside docs/odd.md, docs/claims.md, the JSON Schemas, and the
page's table of numbers.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path

import click

from sim import run
from sim.cli import COMMANDS, uptake
from sim.cli.files import schema_text
from sim.interventions.base import Intervention, Shock
from sim.interventions.fields import UNTIL_THE_END
from sim.interventions.timeline import CATALOGUE, facts
from sim.numbers import TABLE
from sim.organisation.people import PEOPLE_COLUMNS
from sim.organisation.settings import FileSettings, Template, TieSettings
from sim.outcomes import DRIVERS, OUTCOMES, PERSON_RECORD, Variable
from sim.parameters import MECHANISMS, PARAMETERS, prior_of
from sim.rules import RULES
from sim.state import STATE_VARIABLES, VISIBLE_VARIABLES
from sim.theories import QUANTITIES, SLOTS

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "experiments" / "claims")]
from blocks import filled, settings_table  # noqa: E402

FOLDER = HERE / "reference"
NOTE = "<!-- Written by docs/generate.py from the code: change the code, then run it. -->"
EVIDENCE = re.compile(r"\[([A-Z][A-Za-z]+\d*)\]")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines]


def cited(source: str) -> str:
    """Return a source with its keys linked to the evidence."""
    return EVIDENCE.sub(lambda key: f"[[{key[1]}]](../evidence.md#{key[1].lower()})", source)


def sentence(text: str) -> str:
    """Return the first paragraph of a docstring, on one line."""
    return " ".join(text.partition("\n\n")[0].split())


def rules() -> list[str]:
    """Return the catalogue of rules, a section a file of ``sim/rules``."""
    lines = ["# Rules", "", "Every mechanism of the model is one small pure function in", ""]
    lines[2] += " [`sim/rules/`](../../sim/rules). A rule draws nothing and keeps nothing."
    named = [(RULES[name].function.__module__, name) for name in RULES.names()]
    for module, members in groupby(sorted(named), key=lambda pair: pair[0]):
        text = sys.modules[module].__doc__ or ""
        lines += [f"## {module.rpartition('.')[2].capitalize()}", "", sentence(text), ""]
        for _, name in members:
            rule = RULES[name]
            arguments = "; ".join(
                f"`{argument}` {low:g} to {high:g}" + ("" if unit == "1" else f" ({unit})")
                for argument, (unit, low, high) in rule.domain.items()
            )
            lines += [f"### {name}", "", " ".join(rule.summary.split()), ""]
            lines += [f"    {rule.equation}", ""]
            lines += [f"- Takes {arguments}.", f"- Gives {rule.low:g} to {rule.high:g}."]
            for verb, names in (("Rises", rule.rises), ("Falls", rule.falls)):
                if names:
                    lines.append(f"- {verb} with {', '.join(f'`{one}`' for one in names)}.")
            lines += [f"- Source: {cited(rule.source)}.", ""]
    return lines


def parameters() -> list[str]:
    """Return the parameters and the switches."""
    lines = ["# Parameters", ""]
    lines += [
        "Set one with `--set name=value`, under `parameters:` in a scenario, or with",
        "`parameters={…}` in Python. Values outside the range are refused. The prior is what is",
        "held plausible before any target is looked at; calibration starts from it. A default is",
        "the value its source gives; where that is an ASSUMPTION, the median of the",
        "[calibrated](../../experiments/calibration/README.md) sample. Together they come nearer",
        "to the targets than most of its sets; most are hardly known one by one. Those of taking",
        "the tool up (`takeup_…`, `prompt_…`, `b_first`, `first_fade`) and `own_rivalry` are not",
        "calibrated yet: where no source gives them they are chosen so that the",
        "[pace](../evidence.md#targets-in-time-and-on-take-up) holds. See the",
        "[limits](../limits.md).",
        "",
    ]
    lines += table(
        ("parameter", "default", "range", "prior", "unit", "meaning", "source"),
        (
            (
                f"`{one.name}`", f"{one.value:.4g}", f"{one.low:g} to {one.high:g}",
                prior_of(one.name), one.unit, one.meaning, cited(one.source),
            )
            for one in PARAMETERS.values()
        ),
    )  # fmt: skip
    lines += ["", "## Mechanisms that can be switched off", ""]
    lines += [
        "`mechanisms: {norm: false}` in a scenario sets the parameters of a mechanism to values at",
        "which it does nothing.",
        "",
    ]
    lines += table(
        ("mechanism", "off means"),
        (
            (f"`{name}`", ", ".join(f"`{key}` = {value:g}" for key, value in neutral.items()))
            for name, neutral in MECHANISMS.items()
        ),
    )
    return lines


def default_of(value: object) -> str:
    """Return a default as a scenario file would say it."""
    if value is None or value == "":
        return ""
    if hasattr(value, "model_dump"):
        said = value.model_dump(exclude_unset=True)
        return next(iter(said)).replace("_", " ") if said else "everyone"
    if isinstance(value, bool):
        return str(value).lower()
    return "until the end" if value == UNTIL_THE_END else str(value)


def levers(intervention: type[Intervention]) -> list[str]:
    """Return the keys of an intervention; of a kind, only those that are not everybody's."""
    rows = []
    common = Intervention.model_fields if intervention is not Intervention else {}
    for key, field in intervention.model_fields.items():
        if key in common and field.default == common[key].default:
            continue
        bounds = {type(limit).__name__: limit for limit in field.metadata}
        low = getattr(bounds.get("Ge"), "ge", None)
        high = getattr(bounds.get("Le"), "le", None)
        limits = f"{low:g} and more" if low is not None else ""
        if low is not None and high is not None:
            limits = f"{low:g} to {high:g}"
        default = "required" if field.is_required() else default_of(field.default)
        rows.append((f"`{key}`", default, limits, field.description or ""))
    return table(("key", "default", "range", "meaning"), rows)


def interventions() -> list[str]:
    """Return the catalogue of interventions and shocks."""
    lines = ["# Interventions and shocks", ""]
    lines += ["What a scenario may place on its `timeline`, by the name it has there.", ""]
    lines += ["Everything on a timeline has these keys:", "", *levers(Intervention), ""]
    groups: tuple[tuple[str, Callable[[type[Intervention]], bool]], ...] = (
        ("Interventions", lambda kind: not issubclass(kind, Shock)),
        ("Shocks", lambda kind: issubclass(kind, Shock)),
    )
    for title, belongs in groups:
        lines += [f"## {title}", ""]
        for name, intervention in CATALOGUE.items():
            if not belongs(intervention):
                continue
            said = facts(intervention)
            lines += [f"### {name}", "", said.pop("Summary"), ""]
            lines += [f"- {label}: {cited(text)}" for label, text in said.items()]
            lines += ["", *levers(intervention), ""]
    return lines


def outcomes() -> list[str]:
    """Return what a run records, what it reports, and the states behind."""

    def rows(variables: Iterable[Variable]) -> list[str]:
        cells = ((f"`{v.name}`", v.unit, cited(v.meaning)) for v in variables)
        return table(("name", "unit", "meaning"), cells)

    lines = ["# Outcomes and states", "", "## Every week, for the organisation and each team", ""]
    lines += rows(OUTCOMES)
    small = run("licences-only", organisation="small-firm", replicates=1, weeks=1)
    recorded = {variable.name for variable in OUTCOMES}
    lines += ["", "## Of a whole run", ""]
    lines += rows(
        Variable(q.name, q.unit, q.meaning) for q in small.quantities if q.name not in recorded
    )
    lines += ["", "## What holds use back", ""]
    lines += [
        "Every 13th week and in the last: the rise in the probability of use on a workday, given",
        "access, if one shortfall alone were taken out of the same week's choice. The first five",
        "are the five drivers of the confidence gap.",
        "",
        *rows(DRIVERS),
    ]
    lines += ["", "## Of a person, with `--record people`", "", *rows(PERSON_RECORD)]
    lines += ["", "## State variables of a person", ""]
    lines += table(
        ("name", "range", "start", "in people.csv", "meaning"),
        (
            (
                f"`{v.name}`", f"{v.low:g} to {v.high:g}",
                f"`{v.start}`" if v.start.endswith("_start") else v.start,
                f"`start_{v.name}`" if v.surveyed else "", v.meaning,
            )
            for v in (*VISIBLE_VARIABLES, *STATE_VARIABLES)
        ),
    )  # fmt: skip
    return lines


def quantities() -> list[str]:
    """Return what a theory of take-up or of choice may ask for."""
    lines = ["# Theories", "", "What a theory of take-up or of choice of a [plugin](../plugins.md)"]
    lines[-1] += " may name in its arguments, each with the unit and range that it declares."
    lines += ["", *table(
        ("argument", "unit and range", "of take-up", "of choice", ""),
        ((f"`{name}`", f"{one.unit} [{one.low:g}, {one.high:g}]",
          *("yes" if decides in one.of else "" for decides in SLOTS), one.meaning)
         for name, one in QUANTITIES.items()),
    )]  # fmt: skip
    return lines


def _code(name: str) -> str:
    return f"`{name}`"


def organisations() -> list[str]:
    """Return the keys of organisation.yaml and of a template, and how ties are drawn."""
    lines = ["# Organisations", ""]
    lines += [
        "An organisation is a folder with people.csv, ties.csv and, if need be, organisation.yaml,",
        "or the YAML file of a template. How tables may be written: [tables you may",
        "give](../tables.md); how one is made up: the [ODD](../odd.md#iii2-initialisation).",
        "",
        f"- **people.csv** has `id`, and may have {', '.join(map(_code, PEOPLE_COLUMNS[1:]))}.",
        "  What a `start_` column is about: [state",
        "  variables](outcomes.md#state-variables-of-a-person).",
        "- **ties.csv** has `source`, who listens, and `target`; it may have `kind` and `weight`.",
        "  A weight counts as a share of all that a person listens to.",
    ]
    for title, settings in (
        ("organisation.yaml, beside people.csv and ties.csv", FileSettings),
        ("A template: an organisation made up", Template),
        ("ties of a template", TieSettings),
    ):
        lines += ["", f"## {title}", "", *settings_table(settings)]
    return lines


def command_line() -> list[str]:
    """Return every command with its arguments and options."""
    lines = ["# The command line", "", sentence(uptake.help or ""), ""]
    lines += table(
        ("exit code", "meaning"),
        (
            ("0", "done"),
            ("1", "done, and the answer is no (`uptake reproduce`)"),
            ("2", "wrong input, or no room"),
            ("70", "an error that nobody foresaw: one line, a log file, and `--debug` shows more"),
            ("130", "interrupted: nothing was written, or it is said what is kept to go on from"),
        ),
    )
    lines += [
        "",
        "A reader who goes early (`| head`) ends it as other Unix tools, by the signal SIGPIPE. No",
        "setting of matplotlib and no `NUMBA_` variable changes a result; of the latter only",
        "`NUMBA_CACHE_DIR`, `NUMBA_CPU_NAME` and `NUMBA_CPU_FEATURES` are",
        "read.",
    ]
    context = click.Context(uptake)
    for name in COMMANDS:
        command = uptake.get_command(context, name)
        arguments = [argument_of(p) for p in command.params if isinstance(p, click.Argument)]
        usage = " ".join(["uptake", name, "[OPTIONS]", *arguments])
        lines += ["", f"## uptake {name}", "", f"    {usage}", ""]
        for paragraph in (command.help or "").split("\n\n"):
            lines += [" ".join(paragraph.split()), ""]
        rows = [
            option_row(p) for p in command.params if isinstance(p, click.Option) and not p.hidden
        ]
        if rows:
            lines += table(("option", "default", "meaning"), rows)
    return lines


def argument_of(argument: click.Argument) -> str:
    """Return how an argument stands in the usage."""
    if argument.metavar:
        return argument.metavar
    name = argument.name.upper()
    if isinstance(argument.type, click.Choice):
        name = "|".join(map(str, argument.type.choices))
    return name if argument.required else f"[{name}]"


def option_row(option: click.Option) -> tuple[str, str, str]:
    """Return names, default and help of an option."""
    names = ", ".join(f"`{name}`" for name in option.opts)
    if isinstance(option.type, click.Choice):
        names += f" {' or '.join(map(str, option.type.choices))}"
    elif not option.is_flag:
        names += f" {option.metavar or option.name.upper()}"
    return names, str(option.default) if option.show_default else "", option.help or ""


PAGES: dict[str, Callable[[], list[str]]] = {
    "rules.md": rules,
    "parameters.md": parameters,
    "interventions.md": interventions,
    "outcomes.md": outcomes,
    "theories.md": quantities,
    "organisations.md": organisations,
    "cli.md": command_line,
}


def page(name: str) -> str:
    """Return the text of one page."""
    title, *rest = PAGES[name]()
    return "\n".join([title, "", NOTE, *rest]).rstrip() + "\n"


def made_anew(name: str) -> str:
    """Return a page of docs/ with what stands in it made anew from the code."""
    return filled((HERE / name).read_text("utf-8"))


def claims() -> str:
    """Return docs/claims.md from what experiments/claims has recorded."""
    from claim_study.pages import claims_page

    experiments = HERE.parent / "experiments"
    files = sorted((experiments / "claims").glob("c*/result.json"))
    recorded = [json.loads(file.read_text("utf-8")) for file in files]
    with (experiments / "calibration" / "result" / "targets.csv").open(encoding="utf-8") as table:
        targets = list(csv.DictReader(table))
    lines = ["# The claims, put to the test", "", NOTE, "", *claims_page(recorded, targets)]
    return "\n".join(lines).rstrip() + "\n"


WRITTEN: dict[str, Callable[[], str]] = {
    "odd.md": partial(made_anew, "odd.md"), "plugins.md": partial(made_anew, "plugins.md"),
    "claims.md": claims,
}  # fmt: skip
"""Pages of docs/ itself that are written, in part or whole."""

SCHEMAS = {
    "scenario": "scenarios/scenario.schema.json",
    "study": "experiments/study.schema.json",
    "plan": "experiments/plan.schema.json",
    "calibration": "experiments/calibration.schema.json",
}
"""Kinds of file, and where the JSON Schema of each stands beside such files."""


NUMBERS = "sim/page/static/numbers.js"
"""The table by which the page says numbers."""


def numbers_module() -> str:
    """Return the table of ``sim/numbers.py`` as the module that the page takes it from."""
    table = json.dumps(dict(TABLE), indent=2, ensure_ascii=False)
    note = "// Written by docs/generate.py from sim/numbers.py: change that, then run it."
    return f"{note}\n\nexport const NUMBERS = {table};\n"


def main() -> int:
    """Write every page, or say which are not current."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only say which are not current")
    check = parser.parse_args().check
    stale = 0
    texts = {FOLDER / name: page(name) for name in PAGES}
    texts |= {HERE / name: text() for name, text in WRITTEN.items()}
    texts |= {HERE.parent / name: schema_text(kind) for kind, name in SCHEMAS.items()}
    texts[HERE.parent / NUMBERS] = numbers_module()
    for file, text in texts.items():
        if file.is_file() and file.read_text("utf-8") == text:
            continue
        stale += 1
        print(f"{'not current' if check else 'written'}: {file.relative_to(HERE.parent)}")
        if not check:
            FOLDER.mkdir(exist_ok=True)
            file.write_text(text, "utf-8")
    return int(check and stale > 0)


if __name__ == "__main__":
    sys.exit(main())
