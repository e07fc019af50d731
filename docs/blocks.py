"""Tables that stand inside written pages: between a ``generated`` comment and its ``end``.

``docs/generate.py`` writes them from the code and, with ``--check``, only compares.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from sim.cli.catalogues import files_of
from sim.interventions.timeline import CATALOGUE, facts
from sim.organisation.settings import Span, TieSettings
from sim.outcomes import DRIVERS, OUTCOMES
from sim.parameters import MECHANISMS, PARAMETERS, prior_of
from sim.randomness import Stream
from sim.rules import RULES
from sim.state import PEOPLE, STATE_VARIABLES, VALUES, VISIBLE_VARIABLES
from sim.theories import CHOICE, TAKE_UP, theory_of

BLOCK = re.compile(r"(<!-- generated: ([\w -]+) -->\n).*?(<!-- end -->)", re.DOTALL)
EVIDENCE = re.compile(r"\[([A-Z][A-Za-z]+\d*)\]")

SUBMODELS: dict[str, tuple[str, str]] = {
    "start": (
        "start_state shift_by_value",
        "trust_start fear_mistake_start fear_permission_start fear_job_start fear_identity_start "
        "capability_start fit_start usefulness_start readiness_start climate_start start_spread "
        "values_spread sigma_person sigma_team",
    ),
    "messages": (
        "acceptance_of_message raised_by_message fear_after_message fear_after_alarm "
        "trust_after_broken_promise",
        "message_floor message_trust message_job message_identity message_fit policy_relief "
        "alarm_job alarm_mistake broken_trust hearsay_media",
    ),
    "training": (
        "readiness_to_learn capability_after_training fit_after_training cynicism_after_training "
        "cynicism_after_mandate",
        "training_gain training_fit training_cynicism training_fatigue readiness_trust "
        "readiness_fear mandate_cynicism",
    ),
    "climate": (
        "readiness_after_coaching readiness_after_week climate_after_week manager_signal",
        "climate_rate ritual_gain punish_loss coach_gain readiness_rate replace_loss",
    ),
    "observation": (
        "visible_share use_seen",
        "openness peer_upward champion_credibility novelty_sight",
    ),
    "influence": (
        "news_heard expressed_view view_after_news",
        "susceptibility loss_aversion accustomed",
    ),
    "takeup": (
        "exposure_needed hazard_of_beginning hazard_of_chance pull_of_group "
        "group_effect_after_week appeal_of_tool chance_of_prompt",
        "considers_start takeup_alone takeup_team takeup_ties takeup_appeal takeup_frailty "
        "takeup_standing takeup_sigma_team takeup_sigma_firm takeup_memory takeup_trend "
        "takeup_span takeup_forget prompt_access prompt_session prompt_example prompt_ritual "
        "prompt_ask prompt_showcase",
    ),
    "choice": (
        "benefit_of_a_use know_how moderated eased_by_sessions barrier_of_first_use "
        "utility_of_sanctioned_use "
        "utility_of_own_tool odds_of chance_of_option days_open_to_own_tool gain_without "
        "days_from_uniform",
        "b_0 b_expect b_able b_effort b_fit b_norm b_manager b_trust b_habit b_novelty b_job "
        "b_mistake b_permission b_identity b_cynicism b_first first_fade b_compelled b_own_0 "
        "b_own_expect b_own_able b_own_norm b_own_seen b_own_habit b_own_novelty b_own_growth "
        "b_own_permission own_rivalry values_weight fit_floor",
    ),
    "experience": (
        "chance_of_success usefulness_of_benefit usefulness_after_use usefulness_after_hearsay "
        "skill_after_practice fear_after_success fear_after_failure",
        "tool_quality benefit_half experience_rate hearsay_rate practice_gain practice_fit "
        "success_trust success_relief failure_fear failure_spill",
    ),
    "habit": (
        "habit_gain habit_after_week habit_after_disuse skill_after_disuse faded",
        "habit_rate habit_decay forgetting novelty_fade cynicism_fade",
    ),
    "records": ("", "proficient_at actions_per_day"),
    "baselines": (
        "adopts_at_threshold bass_share_after_step",
        "threshold_mean threshold_sd bass_p bass_q",
    ),
    "chance": (
        "mix64 stream_key uniform normal normal_of exponential logarithm cosine_of_turn",
        "",
    ),
}
"""Rules and parameters of each submodel. What is not listed goes with what is declared before it:
a rule with that of its file, a parameter with that of the table."""


def _with_the_rest(listed: Mapping[str, tuple[str, str]]) -> dict[str, tuple[str, str]]:
    whole = {submodel: [one.split() for one in kinds] for submodel, kinds in listed.items()}
    declared = [(0, RULES[name].function.__module__, name) for name in RULES.names()]
    declared += [(1, "", name) for name in PARAMETERS]
    last: dict[str, str] = {}
    for kind, home, name in declared:
        own = next((submodel for submodel, kinds in whole.items() if name in kinds[kind]), None)
        if own is None:
            own = last[home]
            whole[own][kind].append(name)
        last[home] = own
    return {submodel: (" ".join(a), " ".join(b)) for submodel, (a, b) in whole.items()}


SUBMODELS = _with_the_rest(SUBMODELS)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines]


def cited(source: str) -> str:
    """Return a source with its keys linked to the evidence."""
    return EVIDENCE.sub(lambda key: f"[[{key[1]}]](evidence.md#{key[1].lower()})", source)


Call = tuple[str, list[ast.expr], list[ast.keyword]]
"""Where a rule is called, and with what."""


def _calls() -> dict[str, list[Call]]:
    """Return where the Mesa agents and model call each rule, in the order of their code."""
    from sim.abm import agents, model, view

    found: dict[str, list[Call]] = {}
    for module in (view, agents, model):  # what is done to a person, a week, the organisation
        parts = ast.walk(ast.parse(inspect.getsource(module)))
        methods = [part for part in parts if isinstance(part, ast.FunctionDef)]
        for method in sorted(methods, key=lambda method: method.lineno):
            tuples = _tuples(method)
            for node in ast.walk(method):
                name = getattr(getattr(node, "func", None), "attr", "")
                name = name or getattr(getattr(node, "func", None), "id", "")
                if isinstance(node, ast.Call) and name == "by_theory":
                    decides = {"TAKE_UP": TAKE_UP, "CHOICE": CHOICE}[ast.unparse(node.args[1])]
                    found.setdefault(theory_of(decides).rule, []).append((method.name, [], []))
                if isinstance(node, ast.Call) and name in RULES.names():
                    given = [one for arg in node.args for one in _spread(arg, tuples)]
                    found.setdefault(name, []).append((method.name, given, node.keywords))
    return found


def _tuples(method: ast.FunctionDef) -> dict[str, list[ast.expr]]:
    """Return the tuples that a method names, for calls that spread them."""
    return {
        node.targets[0].id: node.value.elts
        for node in ast.walk(method)
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Tuple)
    }


def _spread(argument: ast.expr, tuples: Mapping[str, list[ast.expr]]) -> list[ast.expr]:
    if isinstance(argument, ast.Starred) and isinstance(argument.value, ast.Name):
        return tuples[argument.value.id]
    return [argument]


def _said(node: ast.AST) -> str:
    """Return an expression as the code has it, shorter: p for parameters, no self."""
    text = ast.unparse(node)
    for long, short in (("self.model.parameters.", "p."), ("self.model.", ""), ("self.", ""),
                        ("person.", ""), ("rules.", "")):  # fmt: skip
        text = text.replace(long, short)
    return text


def equations(submodel: str) -> list[str]:
    """Return the rules of a submodel with their equations."""
    rows = []
    for name in SUBMODELS[submodel][0].split():
        rule = RULES[name]
        summary = " ".join(rule.summary.split())
        arguments = ", ".join(f"`{argument}`" for argument in rule.domain)
        rows.append((f"[{name}](reference/rules.md#{name})", summary, f"`{rule.equation}`",
                     arguments, cited(rule.source)))  # fmt: skip
    return table(("rule", "says", "equation", "takes", "source"), rows)


def wiring(submodel: str) -> list[str]:
    """Return what a submodel's rules are called with, as the agents' code has it."""
    rows = []
    calls = _calls()
    for name in SUBMODELS[submodel][0].split():
        arguments = list(RULES[name].domain)
        for where, positional, keywords in calls.get(name, []):
            given = dict(zip(arguments, positional, strict=False))
            given |= {one.arg: one.value for one in keywords if one.arg}
            said = "; ".join(f"{argument} = `{_said(node)}`" for argument, node in given.items())
            said = said or "[quantities](reference/theories.md) by the names of the arguments"
            rows.append((f"`{name}`", f"`{where}`", said))
    return table(("rule", "in", "called with"), rows)


def parameters(submodel: str) -> list[str]:
    """Return the parameters of a submodel."""
    rows = []
    for name in SUBMODELS[submodel][1].split():
        one = PARAMETERS[name]
        rows.append((f"`{name}`", one.meaning, f"{one.value:.4g}", f"{one.low:g} to {one.high:g}",
                     prior_of(one.name), one.unit, cited(one.source)))  # fmt: skip
    return table(("parameter", "meaning", "default", "range", "prior", "unit", "source"), rows)


def fixed() -> list[str]:
    """Return what a person is, fixed through a run."""
    rows = [(f"`{name}`", str(PEOPLE[name])) for name in PEOPLE.names or () if name not in VALUES]
    rows.append((", ".join(f"`{value}`" for value in VALUES), "importance of a value, 0 to 1"))
    return table(("attribute", "kind"), rows)


def states() -> list[str]:
    """Return the state variables of a person."""
    rows = [
        (f"`{v.name}`", v.meaning, f"{v.low:g} to {v.high:g}",
         f"`{v.start}`" if v.start.endswith("_start") else v.start)
        for v in (*VISIBLE_VARIABLES, *STATE_VARIABLES)
    ]  # fmt: skip
    return table(("state variable", "meaning", "range", "start"), rows)


def outcomes() -> list[str]:
    """Return what is observed every week."""
    return table(
        ("outcome", "meaning", "unit"),
        [(f"`{v.name}`", cited(v.meaning), v.unit) for v in OUTCOMES],
    )


def drivers() -> list[str]:
    """Return what holds use back, as recorded."""
    return table(("driver", "meaning"), [(f"`{v.name}`", v.meaning) for v in DRIVERS])


def interventions() -> list[str]:
    """Return what a scenario may place on its timeline."""
    rows = []
    for name, kind in CATALOGUE.items():
        said = facts(kind)
        effects = ", ".join(part.effect.name.lower() for part in _example(kind).parts())
        rows.append(
            (name, said["Acts on"], f"`{effects}`", said["Audience"], cited(said["Source"]))
        )
    return table(("intervention", "acts on", "effects", "audience", "source"), rows)


def _example(kind: type[Any]) -> Any:
    return kind.model_validate({"start": 1})


def mechanisms() -> list[str]:
    """Return the mechanisms that can be switched off."""
    return table(
        ("mechanism", "off means"),
        [
            (f"`{name}`", ", ".join(f"`{key}` = {value:g}" for key, value in neutral.items()))
            for name, neutral in MECHANISMS.items()
        ],
    )


def streams() -> list[str]:
    """Return the independent streams of chance."""
    return table(
        ("stream", "number"),
        [(f"`{stream.name.lower()}`", str(stream.value)) for stream in Stream],
    )


MEANINGS = {
    "FileSettings": {
        "kind": "may be left out",
        "name": "what it is called; the folder's name by default",
        "purpose": "what it is for; not read",
        "people": "file of people, in the same folder",
        "ties": "file of ties, in the same folder",
        "columns": "Uptake's name of a column of people.csv: the file's own",
        "scale": "of answers, for all or by column: `unit` (the default), `five-point`, "
        "`seven-point`, `[lowest, highest]`",
        "top_level": "the level at the top, where no manager tells",
        "tie_kinds": "by the kind of ties.csv: `{weight: 1, close: false}`",
        "task_potential": "share of tasks that the tool can help, of all or by role",
        "values": "rank of values, 1 to 56, by which those that nobody answered are drawn",
        "max_rows": "rows of a file, at most",
        "unknown_managers": "whether people whose manager is not there are an error or the top",
        "notes": "lines to show among what is missing or odd",
    },
    "Template": {
        "kind": "says that it is one",
        "name": "what it is called",
        "purpose": "what it is for; not read",
        "n_people": "people",
        "seed": "of all that is drawn",
        "span": "people under the manager of a team",
        "upper_span": "managers under a higher manager",
        "sites": "names for teams",
        "departments": "`name`, `share` of the teams, and `roles` by share; eight by default",
        "roles": "`task_potential` by role: share of its tasks that the tool can help",
        "manager_role": "role of whoever leads a team",
        "executive_role": "role of the managers above",
        "role_spread": "standard deviation of task potential between people",
        "ties": "how ties are drawn: below",
        "values": "rank of values, 1 to 56",
    },
}
"""What the keys of organisation.yaml and of a template mean."""


def settings_table(kind: type[BaseModel]) -> list[str]:
    """Return the keys of a file of settings: meaning, default and range."""
    rows = []
    for name, one in kind.model_fields.items():
        ends: dict[str, float] = {}
        for bound in one.metadata:
            ends |= {end: getattr(bound, end) for end in ("ge", "gt", "le") if hasattr(bound, end)}
        low = (
            f"above {ends['gt']:g}" if "gt" in ends else f"{ends['ge']:,g}" if "ge" in ends else ""
        )
        high = f" to {ends['le']:,.10g}" if "le" in ends else " and more" if low else ""
        given = one.default
        if isinstance(given, Span):
            given = f"{{low: {given.low}, high: {given.high}}}"
        plain = isinstance(given, str | int | float) and given != ""
        meaning = MEANINGS[kind.__name__][name] if kind is not TieSettings else one.description
        rows.append((f"`{name}`", meaning, str(given) if plain else "", low + high))
    return table(("key", "meaning", "default", "range"), rows)


def ties() -> list[str]:
    """Return how the ties of a template are drawn."""
    return settings_table(TieSettings)


def plugin(adds: str, words: str = "lunch-talk") -> list[str]:
    """Return the module of the package that ``uptake new-plugin`` writes, and its entry point."""
    texts = files_of(f"uptake-{words}", adds)
    place = next(path for path in texts if path.endswith(".py"))
    lines = texts["pyproject.toml"].splitlines()
    entry = lines.index(next(line for line in lines if line.startswith("[project.entry-points")))
    return [f"Save as `{place}`:", "", "```py", texts[place].rstrip(), "```", "",
            "and in `pyproject.toml`:", "", "```", *lines[entry : entry + 2], "```"]  # fmt: skip


BLOCKS: dict[str, Callable[..., list[str]]] = {
    "equations": equations,
    "wiring": wiring,
    "parameters": parameters,
    "fixed": fixed,
    "states": states,
    "outcomes": outcomes,
    "drivers": drivers,
    "interventions": interventions,
    "mechanisms": mechanisms,
    "streams": streams,
    "plugin": plugin,
    "ties": ties,
}


def filled(text: str) -> str:
    """Return a page with its generated blocks made anew from the code."""

    def block(match: re.Match[str]) -> str:
        name, *words = match[2].split()
        return "\n".join([match[1].rstrip("\n"), "", *BLOCKS[name](*words), "", match[3]])

    return BLOCK.sub(block, text)
