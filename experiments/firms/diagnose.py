"""Does ``uptake diagnose`` name what holds a firm back? Asked of firms whose truth is known.

python experiments/firms/diagnose.py [--record] [--firms 40] [--kind KIND]

Each firm of ``truth.py`` (60 to 400 people, 16 weeks of use) is simulated once under its true
parameters; what each driver holds back in that run in week 16 is the truth. The diagnosis sees
what a consultant would: who there is, what was done, who used the tool, and a pulse that 70% answer
on five steps. It starts from the other sets of the posterior, never from the true one.

The design, settled before any firm was looked at: in firm k driver k mod 5 is the strongest, by
whatever lead, so that whoever names two without looking is right in 40%. Such firms are found by
drawing sets as the diagnosis does (``firm_sets``) until that driver leads. The method was
developed on other firms, with numbers from 1,000.
"""

from __future__ import annotations

import argparse
import csv
import json
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from truth import FIRMS, WEEKS, Firm, firm

from sim.analysis.diagnosis.causes import FIVE, SURE, Diagnosis, diagnose
from sim.analysis.diagnosis.known import STARTS, known_firm, with_starts
from sim.analysis.diagnosis.pool import FIRM_SPREAD, WEIGHTS, firm_sets
from sim.case import Case, Record, Records, run_cases
from sim.contrast import MARGIN
from sim.organisation import Organisation
from sim.outcomes import DRIVERS
from sim.posterior import posterior
from sim.randomness import hash_text
from sim.results.measure import SMALLEST_TEAM

HERE = Path(__file__).resolve().parent
RESULT = HERE / "diagnose.json"
FIRMS_FILE = HERE / "diagnose.csv"
MARK = "<!-- diagnose.py --record writes what follows -->"
ANSWER, STEPS = 0.7, 4
CANDIDATES = 5000
COLUMNS = ("firm", "people", "strongest", "lead", "tells", "effective", "inside", "along")
LEAST = 0.005
"""Probability below which the logarithmic score counts none."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Kind:
    """What is asked of the firms.

    Parameters
    ----------
    persons : bool
        Whether use is known by person, and a pulse was answered; by team alone otherwise.
    dealt : bool
        Whether the names in the table of use are dealt anew.
    even : bool
        Whether each driver is the strongest in a fifth of the firms; firms as the posterior has
        them otherwise.
    weights : bool
        Whether it is known how much each driver counts.
    """

    persons: bool = True
    dealt: bool = False
    even: bool = True
    weights: bool = False


KINDS = {
    "use and pulse": Kind(),
    "names dealt anew": Kind(dealt=True),
    "use by team": Kind(persons=False),
    "weights known": Kind(weights=True),
    "as the posterior": Kind(even=False),
}


@dataclass(frozen=True, eq=False)
class Truth:
    """A firm as it is: everybody's start, its parameters, and what happens."""

    base: Firm
    organisation: Organisation
    parameters: NDArray[np.void]
    records: Records

    @property
    def teams(self) -> Floats:
        """What each driver holds back in each team, shape (n_teams, n_drivers)."""
        return self.records.drivers[0, 0, 0, -1].astype(np.float64)

    @property
    def whole(self) -> Floats:
        """The same in the whole firm, of the five."""
        sizes = np.diff(self.organisation.team_start)
        return (sizes @ self.teams / sizes.sum())[: len(FIVE)]

    @property
    def lead(self) -> float:
        """By how much the strongest of the five is ahead of the next."""
        first, second = np.sort(self.whole)[::-1][:2]
        return float(first - second)


def truth_of(base: Firm, turn: int = -1) -> Truth:
    """Return a firm whose medians of answers are some way from the usual ones.

    Parameters
    ----------
    turn : int
        Which of the five is the strongest; -1: whichever is, in a set of the posterior.
    """
    rng = np.random.default_rng([base.number, 21])
    record = Record(teams=("weekly_users", "access"), people=True, drivers=True)
    for k in range(CANDIDATES):
        row = int(rng.integers(len(posterior()))) if turn >= 0 else base.row
        rows = posterior()[row : row + 1]
        parameters = firm_sets(rows, 1, seed=int(rng.integers(1 << 31)), even=turn >= 0)
        starts = {}
        for start, name in STARTS.items():
            middle = float(parameters[name][0])
            logit = np.log(middle / (1 - middle)) + FIRM_SPREAD * rng.normal()
            spread = float(parameters["start_spread"][0])
            own = logit + spread * rng.normal(size=base.organisation.n_people)
            starts[start] = 1 / (1 + np.exp(-own))
        firm_ = replace(base.organisation, start_values=starts)
        case = Case.of(base.scenario, firm_, WEEKS, parameters=parameters)
        seed = np.array([hash_text(f"truth of firm {base.number}, {k}")], np.uint64)
        found = Truth(
            replace(base, row=row), firm_, parameters, run_cases([case], seed, record=record)
        )
        if turn < 0 or found.whole.argmax() == turn:
            return found
    raise LookupError(f"no firm {base.number} in which {FIVE[turn]} is the strongest")


def seen(truth: Truth, folder: Path, kind: Kind) -> Diagnosis:
    """Return the diagnosis from what a consultant would have of a firm."""
    rng = np.random.default_rng([truth.base.number, 22])
    organisation, file = truth.base.organisation, folder / "usage.csv"
    names = list(organisation.ids if kind.persons else organisation.teams)
    if kind.dealt:
        names = list(rng.permutation(names))
    if kind.persons:
        _write_persons(truth, file, names)
        answered = rng.random(organisation.n_people) < ANSWER
        rows = np.flatnonzero(answered)
        for name, values in truth.organisation.start_values.items():
            steps = np.rint(values[rows] * STEPS) / STEPS
            organisation = _with_answers(organisation, name, rows, steps)
    else:
        _write_teams(truth, file, names)
    known = known_firm(organisation, usage=file, plan=truth.base.scenario)
    sets = truth.base.others
    if kind.weights:
        sets = firm_sets(sets, len(sets))
        for name in WEIGHTS.values():
            sets[name] = truth.parameters[name][0]
    return diagnose(known, sets, measures=False, even=not kind.weights)


def _with_answers(
    organisation: Organisation, name: str, rows: NDArray[np.intp], values: Floats
) -> Organisation:
    found = with_starts(organisation, rows, **{name: 0.0})
    found.start_values[name][rows] = values
    return found


def _write_persons(truth: Truth, file: Path, names: list[str]) -> None:
    assert truth.records.people is not None
    days = truth.records.people[0, 0, 0, :, :, 0]
    with file.open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream, lineterminator="\n")
        rows.writerow(["week", "id", "use_days"])
        for week, persons in enumerate(days, 1):
            rows.writerows([week, name, n] for name, n in zip(names, persons, strict=True))


def _write_teams(truth: Truth, file: Path, names: list[str]) -> None:
    sizes = np.diff(truth.organisation.team_start).tolist()
    used = truth.records.of_teams("weekly_users")[0, 0, 0]
    with file.open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream, lineterminator="\n")
        rows.writerow(["week", "team", "people", "weekly_users"])
        for week, shares in enumerate(used, 1):
            for name, share, size in zip(names, shares, sizes, strict=True):
                if size >= SMALLEST_TEAM:
                    rows.writerow([week, name, size, round(float(share) * size)])


@dataclass
class Score:
    """What was found of one firm: the truth, and what the diagnosis makes of it."""

    firm: int
    people: int
    strongest: str
    lead: float
    chances: dict[str, float]
    tells: bool
    effective: float
    inside: float
    along: float

    @property
    def tie(self) -> bool:
        """Whether the truth is a tie."""
        return self.lead <= MARGIN

    @property
    def named(self) -> list[str]:
        """The two named first."""
        return sorted(self.chances, key=lambda name: -self.chances[name])[:2]


def scored(truth: Truth, said: Diagnosis) -> Score:
    """Return how a diagnosis does beside the truth."""
    five = {one.name: one for one in said.drivers if one.name in FIVE}
    inside = [five[n].low <= truth.whole[k] <= five[n].high for k, n in enumerate(FIVE)]
    return Score(
        truth.base.number, truth.organisation.n_people, FIVE[truth.whole.argmax()],
        round(truth.lead, 5),
        {name: round(five[name].first, 4) for name in FIVE}, said.tells,
        round(said.pool.effective, 1), float(np.mean(inside)), round(_along(truth, said), 4),
    )  # fmt: skip


def _along(truth: Truth, said: Diagnosis) -> float:
    """Return how what is said of teams goes with their truth, apart from what all share."""
    names = [one.name for one in DRIVERS]
    mine = {name: k for k, name in enumerate(truth.organisation.teams)}
    rows = [(mine[team.name], held) for team in said.teams for held in team.drivers
            if held.name in FIVE]  # fmt: skip
    at = np.array([truth.teams[row, names.index(held.name)] for row, held in rows])
    told = np.array([held.mean for _, held in rows])
    which = np.array([held.name for _, held in rows])
    for name in FIVE:
        at[which == name] -= at[which == name].mean()
        told[which == name] -= told[which == name].mean()
    return float(np.corrcoef(at, told)[0, 1])


def studied(kind: Kind, numbers: Iterable[int]) -> Iterator[Score]:
    """Yield the scores of firms, by their numbers, of one question."""
    with tempfile.TemporaryDirectory() as work:
        for number in numbers:
            truth = truth_of(firm(number), number % len(FIVE) if kind.even else -1)
            yield scored(truth, seen(truth, Path(work), kind))


def summed(scores: list[Score]) -> dict[str, Any]:
    """Return the figures of one question; hits and scores are of firms without a tie."""
    ties, rest = [one for one in scores if one.tie], [one for one in scores if not one.tie]
    told = [one for one in scores if one.tells]
    first = [one.named[0] == one.strongest for one in rest]
    hits = [one.strongest in one.named for one in rest]
    rates = {name: np.mean([one.strongest == name for one in rest]) for name in FIVE}
    usual = sorted(FIVE, key=lambda name: -rates[name])[:2]
    return {
        "firms": len(scores),
        "firms without a tie": len(rest),
        "strongest named first": _share(first),
        "strongest among the first two": _share(hits),
        "standard error": round(float(np.std(hits) / np.sqrt(len(hits))), 3),
        "the best two, named without looking": _share([one.strongest in usual for one in rest]),
        "logarithmic score": _mean([-np.log(max(o.chances[o.strongest], LEAST)) for o in rest]),
        "of frequencies, without looking": _mean([-np.log(rates[o.strongest]) for o in rest]),
        "cannot tell, of ties": _share([not one.tells for one in ties]),
        "tells, of the others": _share([one.tells for one in rest]),
        "right where it tells": _share([one.named[0] == one.strongest for one in told]),
        "truth inside 90% intervals": _mean([one.inside for one in scores]),
        "correlation with teams' truth": _mean([one.along for one in scores]),
        "effective replicates": round(float(np.median([one.effective for one in scores]))),
    }  # fmt: skip


def _share(hits: list[bool]) -> float | None:
    return _mean(hits) if hits else None


def _mean(values: Iterable[float]) -> float:
    return round(float(np.mean(list(values))), 3)


def main() -> None:
    """Ask, print, and where asked write diagnose.json and the README's table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--firms", type=int, default=FIRMS)
    parser.add_argument("--first", type=int, default=0, help="number of the first firm")
    parser.add_argument("--kind", choices=KINDS, action="append", help="all by default")
    said = parser.parse_args()
    found = recorded() if said.record and FIRMS_FILE.exists() else {}
    for name in said.kind or KINDS:
        found[name] = []
        for score in studied(KINDS[name], range(said.first, said.first + said.firms)):
            found[name].append(score)
            print(name, score, flush=True)
        print(json.dumps(summed(found[name]), indent=1), flush=True)
        if said.record:
            record({kind: found[kind] for kind in KINDS if kind in found})


def record(found: dict[str, list[Score]]) -> None:
    """Write every firm's scores, what is summed of them, and the README's table."""
    with FIRMS_FILE.open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream, lineterminator="\n")
        rows.writerow(["question", *COLUMNS, *FIVE])
        for kind, scores in found.items():
            for one in scores:
                cells = [getattr(one, name) for name in COLUMNS]
                rows.writerow([kind, *cells, *(one.chances[name] for name in FIVE)])
    result = result_of(recorded())
    RESULT.write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    readme = HERE / "README.md"
    before, mark, rest = readme.read_text("utf-8").partition(MARK)
    after = rest[rest.index("\n## ") :] if "\n## " in rest else ""
    readme.write_text(f"{before}{mark}\n\n{shown(result)}{after}", "utf-8")


def recorded() -> dict[str, list[Score]]:
    """Return the scores on record, by question."""
    found: dict[str, list[Score]] = {}
    with FIRMS_FILE.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            chances = {name: float(row[name]) for name in FIVE}
            found.setdefault(row["question"], []).append(
                Score(
                    int(row["firm"]),
                    int(row["people"]),
                    row["strongest"],
                    float(row["lead"]),
                    chances,
                    row["tells"] == "True",
                    float(row["effective"]),
                    float(row["inside"]),
                    float(row["along"]),
                )
            )
    return found


def result_of(found: dict[str, list[Score]]) -> dict[str, Any]:
    """Return what is summed of scores, and what it rests on."""
    questions = {kind: summed(scores) for kind, scores in found.items()}
    return {"sure": SURE, "margin": MARGIN, "questions": questions}


def shown(result: dict[str, Any]) -> str:
    """Return the table of the README."""
    found = {kind: result["questions"][kind] for kind in KINDS if kind in result["questions"]}
    lines = [f"| | {' | '.join(found)} |", f"| --- |{' ---: |' * len(found)}"]
    for name in next(iter(found.values())):
        lines.append(f"| {name} | {' | '.join(_cell(one[name]) for one in found.values())} |")
    return "\n".join([*lines, ""])


def _cell(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


if __name__ == "__main__":
    main()
