"""Does the network matter? ``python experiments/network/run.py`` writes result.json and README.md.

The same people with measured ties, with shuffled ties, with none, without managers and with their
leaders unheard; and seeds chosen by several rules. Over the posterior, every set with random
numbers of its own, which all variants share.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.case import Case, Record, run_cases
from sim.contrast import estimate
from sim.organisation import Organisation, informal_leaders, load
from sim.outcomes import Outcome
from sim.posterior import posterior
from sim.randomness import replicate_seeds
from sim.results.series import first_week_at
from sim.runner import load_organisation, load_scenario
from sim.scenario import Scenario, loads

HERE = Path(__file__).resolve().parent
DATA = HERE.parents[2] / "shared" / "data"
WEEKS, SETS, REPLICATES = 52, 96, 2
SCENARIOS = ("licences-only", "everything")
SEED_SHARE = 0.05
TOOK_OFF = 0.25
"""Share of a team's other people who use the tool in week 26, from which it took off there."""

Floats = NDArray[np.float64]


def shuffled(firm: Organisation) -> Organisation:
    """Return the firm in which everybody listens to as many people, who are drawn at random."""
    rng = np.random.default_rng(7)
    swapped = rng.permutation(firm.n_people)
    target = swapped[firm.ties.target].astype(firm.ties.target.dtype)
    return replace(firm, ties=replace(firm.ties, target=target))


def kept_ties(firm: Organisation, keep: NDArray[np.bool_]) -> Organisation:
    """Return the firm with some of its ties; attention is shared among those that are left."""
    ties = firm.ties
    owner = np.repeat(np.arange(firm.n_people), np.diff(ties.start))
    left = np.bincount(owner[keep], minlength=firm.n_people)
    weight = ties.weight[keep]
    total = np.bincount(owner[keep], weight, minlength=firm.n_people)
    kept = replace(
        ties,
        start=np.concatenate(([0], np.cumsum(left))).astype(ties.start.dtype),
        target=ties.target[keep],
        weight=weight / total[owner[keep]],
        flags=ties.flags[keep],
    )
    return replace(firm, ties=kept)


def without_ties(firm: Organisation) -> Organisation:
    """Return the firm in which nobody listens to anybody; managers stay."""
    return kept_ties(firm, np.zeros(len(firm.ties.target), np.bool_))


def without_managers(firm: Organisation) -> Organisation:
    """Return the firm in which nobody has a manager; ties stay."""
    people = firm.people.copy()
    people["manager"] = -1
    return replace(firm, people=people)


def leaders_unheard(firm: Organisation) -> Organisation:
    """Return the firm in which nobody listens to its informal leaders, a twentieth of people."""
    leaders = informal_leaders(firm, share=SEED_SHARE)
    return kept_ties(firm, ~np.isin(firm.ties.target, leaders))


VARIANTS: dict[str, Callable[[Organisation], Organisation]] = {
    "measured ties": lambda firm: firm,
    "shuffled ties": shuffled,
    "no ties": without_ties,
    "no managers": without_managers,
    "leaders unheard": leaders_unheard,
}


def curves(
    firm: Organisation, scenarios: list[Scenario], sets: NDArray[np.void]
) -> tuple[Floats, Floats]:
    """Return weekly users: (scenarios, sets, replicates, weeks), and by team with one axis more."""
    cases = [Case.of(one, firm, WEEKS, parameters=sets) for one in scenarios]
    records = run_cases(
        cases, replicate_seeds(0, REPLICATES, sets=len(sets)),
        record=Record(teams=("weekly_users",), drivers=False),
    )  # fmt: skip
    of_teams = records.of_teams("weekly_users").astype(np.float64)
    return records.weekly[..., Outcome["weekly_users"]], of_teams


def summary(values: Floats) -> list[float]:
    """Return mean and 95% interval of values, shape (sets, replicates)."""
    found = estimate(values)
    return [round(float(x), 4) for x in (found.mean, found.low, found.high)]


def network(firm: Organisation, sets: NDArray[np.void]) -> dict[str, Any]:
    """Return speed, level and spread between teams by variant and scenario, and what is lost."""
    result: dict[str, Any] = {}
    scenarios = [load_scenario(name) for name in SCENARIOS]
    base: Floats | None = None
    for variant, change in VARIANTS.items():
        users, teams = curves(change(firm), scenarios, sets)
        base = users if base is None else base
        for s, name in enumerate(SCENARIOS):
            half = first_week_at(users[s], 0.5)
            result.setdefault(name, {})[variant] = {
                "level in week 52": summary(users[s, ..., -1]),
                "mean of the year": summary(users[s].mean(axis=-1)),
                "less than with measured ties": summary((base[s] - users[s]).mean(axis=-1)),
                "runs that reach half": round(float(np.isfinite(half).mean()), 3),
                "sd between teams, week 52": summary(teams[s, :, :, -1].std(axis=-1)),
            }
    return result


def friend(firm: Organisation, rng: np.random.Generator, count: int) -> NDArray[np.int64]:
    """Return people to whom people drawn at random listen."""
    chosen: list[int] = []
    for person in rng.permutation(firm.n_people):
        mine = firm.ties.target[firm.ties.start[person] : firm.ties.start[person + 1]]
        fresh = [int(other) for other in mine if int(other) not in chosen]
        if fresh:
            chosen.append(int(rng.choice(fresh)))
        if len(chosen) == count:
            break
    return np.array(chosen)


def nominated(firm: Organisation, rng: np.random.Generator, count: int) -> NDArray[np.int64]:
    """Return the people whom a tenth of all, drawn at random, name most: a survey's leaders."""
    asked = rng.choice(firm.n_people, max(firm.n_people // 10, 1), replace=False)
    named = np.concatenate(
        [firm.ties.target[firm.ties.start[one] : firm.ties.start[one + 1]] for one in asked]
    )
    counts = np.bincount(named, minlength=firm.n_people) + rng.random(firm.n_people) / 2
    return np.argsort(-counts)[:count]


def sharing(firm: Organisation, rng: np.random.Generator, count: int) -> NDArray[np.int64]:
    """Return pairs who are heard by the same people: complex contagion's seeds [Beaman21]."""
    heard = np.zeros((firm.n_people, firm.n_people), np.bool_)
    owner = np.repeat(np.arange(firm.n_people), np.diff(firm.ties.start))
    heard[firm.ties.target, owner] = True
    common = heard.astype(np.float32) @ heard.T.astype(np.float32)
    np.fill_diagonal(common, -1)
    chosen: list[int] = []
    for person in rng.permutation(firm.n_people):
        partner = int(np.argmax(common[person]))
        if common[person, partner] >= 2 and person not in chosen and partner not in chosen:
            chosen += [int(person), partner]
        if len(chosen) >= count:
            break
    return np.array(chosen[:count])


RULES: dict[str, Callable[[Organisation, np.random.Generator, int], NDArray[np.int64]]] = {
    "random": lambda firm, rng, count: rng.choice(firm.n_people, count, replace=False),
    "friend of a random person": friend,
    "nominated": nominated,
    "most listened to": lambda firm, rng, count: informal_leaders(firm, count=count),
    "pairs heard by the same people": sharing,
}


def seeded(firm: Organisation, seeds: NDArray[np.int64]) -> Scenario:
    """Return a plan: the tool silently installed for all, early practice for the seeds."""
    ids = json.dumps([str(firm.ids[row]) for row in seeds])
    return loads(
        "timeline:\n"
        "  - access: {start: 1, arrives: installed}\n"
        f"  - relationship conversation: {{start: 1, lasts: 3 weeks, audience: {{ids: {ids}}}}}\n",
        "seeds.yaml",
    )


def seeding(firm: Organisation, sets: NDArray[np.void], draws: int = 6) -> dict[str, Any]:
    """Return use among the others in week 26, and in which share of teams it took off."""
    count = max(2, round(SEED_SHARE * firm.n_people))
    result: dict[str, Any] = {}
    for rule, choose in {"nobody": None, **RULES}.items():
        users, off = [], []
        for draw in range(draws):
            seeds = np.empty(0, np.int64)
            if choose is not None:
                seeds = choose(firm, np.random.default_rng([draw, 11]), count)
            plan = seeded(firm, seeds) if len(seeds) else load_installed()
            others = np.ones(firm.n_people, np.bool_)
            others[seeds] = False
            use = users_in_week_26(firm, plan, sets)[..., others]
            team = firm.people["team"][others]
            sizes = np.bincount(team, minlength=firm.n_teams)
            by_team = np.stack(
                [use[..., team == t].mean(axis=-1) for t in np.flatnonzero(sizes >= 4)], axis=-1
            )
            users.append(use.mean(axis=-1))
            off.append((by_team >= TOOK_OFF).mean(axis=-1))
        result[rule] = {
            "use of others, week 26": summary(np.mean(users, axis=0)),
            "teams in which it took off": summary(np.mean(off, axis=0)),
        }
    return result


def users_in_week_26(firm: Organisation, plan: Scenario, sets: NDArray[np.void]) -> Floats:
    """Return who uses the tool in week 26: 0 or 1, shape (sets, replicates, people)."""
    case = Case.of(plan, firm, 26, parameters=sets)
    records = run_cases(
        [case], replicate_seeds(0, REPLICATES, sets=len(sets)),
        record=Record(people=True, drivers=False),
    )  # fmt: skip
    assert records.people is not None
    used: Floats = (records.people[0, :, :, 25, :, 0] > 0).astype(np.float64)
    return used


def load_installed() -> Scenario:
    """Return the plan without seeds."""
    return loads("timeline: [{access: {start: 1, arrives: installed}}]", "installed.yaml")


def page(found: dict[str, Any]) -> str:
    """Return README.md, the table of what was found in it."""
    lines = [(HERE / "README.md").read_text("utf-8").split("<!-- written by run.py -->")[0]]
    lines.append("<!-- written by run.py -->\n")
    for name, place in found["places"].items():
        lines.append(f"\n**{name}**, {place['people']} people\n")
        lines.append(
            "\n| scenario | firm | level, week 52 | mean of the year | less than measured (95% "
            "interval) | sd between teams |\n| --- | --- | --- | --- | --- | --- |\n"
        )
        for scenario, variants in place["network"].items():
            for variant, row in variants.items():
                less = row["less than with measured ties"]
                lines.append(
                    f"| {scenario} | {variant} | {row['level in week 52'][0]:.1%} | "
                    f"{row['mean of the year'][0]:.1%} | {100 * less[0]:+.1f} "
                    f"({100 * less[1]:+.1f} to {100 * less[2]:+.1f}) | "
                    f"{row['sd between teams, week 52'][0]:.3f} |\n"
                )
        lines.append("\n| seeds, a twentieth of people | others who use it in week 26 | teams in "
                     "which it took off |\n| --- | --- | --- |\n")  # fmt: skip
        for rule, row in place["seeding"].items():
            use, off = row["use of others, week 26"], row["teams in which it took off"]
            lines.append(
                f"| {rule} | {use[0]:.1%} ({use[1]:.1%} to {use[2]:.1%}) | "
                f"{off[0]:.1%} ({off[1]:.1%} to {off[2]:.1%}) |\n"
            )
    return "".join(lines)


def main() -> None:
    """Run everything and write the record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="real organisations")
    parser.add_argument("--sets", type=int, default=SETS)
    data = parser.parse_args().data
    sets = posterior(parser.parse_args().sets, seed=1)
    there = {"the shipped firm": load_organisation()}
    there |= {
        name: load(data / name)
        for name in ("krackhardt_hightech", "lazega_lawfirm")
        if (data / name).is_dir()
    }
    found = {
        "sets": len(sets),
        "replicates": REPLICATES,
        "places": {
            name: {
                "people": firm.n_people,
                "network": network(firm, sets),
                "seeding": seeding(firm, sets),
            }
            for name, firm in there.items()
        },
    }
    (HERE / "result.json").write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    (HERE / "README.md").write_text(page(found), "utf-8")


if __name__ == "__main__":
    main()
