"""Diagnosis: what is known comes in whole, what is one person's stays out, knowing has a value."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from sim.analysis.attribution import Change, Worth
from sim.analysis.diagnosis import causes, diagnose, known_firm
from sim.analysis.diagnosis.causes import (
    Stored,
    _best,
    _held,
    _questions,
    _worth,
    read_stored,
    stored,
    value_of_knowing,
)
from sim.analysis.diagnosis.known import STARTS, Answers, middle_of, with_starts
from sim.analysis.diagnosis.pool import (
    LEAST,
    WEIGHTS,
    Pool,
    _as_answered,
    _Measured,
    firm_sets,
    pool_of,
)
from sim.analysis.diagnosis.slopes import (
    MET,
    RegressionWeights,
    Slopes,
    _faded,
    _ridge,
    conditions_of,
)
from sim.analysis.firm.kernel import Place
from sim.case import Case, run_cases
from sim.cli import uptake
from sim.contrast import Difference
from sim.errors import InputError
from sim.importing.example import write_example
from sim.importing.importer import Options, import_files
from sim.importing.sheet import AGREEMENT, PULSE, pulse_csv, state_meant
from sim.organisation import Organisation, informal_leaders, template
from sim.organisation.load import load_bytes
from sim.outcomes import DRIVERS, Driver, Outcome
from sim.page.words import conditions_words, diagnosis_sentence, doubts, questions_words
from sim.posterior import posterior
from sim.randomness import replicate_seeds

FEW = posterior(24)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example firm, imported from its exports."""
    folder = tmp_path_factory.mktemp("example")
    write_example(folder)
    made = import_files(sorted((folder / "exports").iterdir()), Options(name="client"))
    (out := folder / "client").mkdir()
    for name, text in made.files.items():
        (out / name).write_text(text, "utf-8")
    return out


def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make everything small and quick."""
    monkeypatch.setattr("sim.analysis.diagnosis.pool.MOST_SETS", 48)
    monkeypatch.setattr("sim.analysis.diagnosis.pool.LEAST_SETS", 48)
    monkeypatch.setattr("sim.analysis.diagnosis.causes.DRAWN", 12)


def test_knowing_is_worth_what_the_better_choice_brings() -> None:
    z = np.random.default_rng(1).normal(size=4000)
    even = np.full(4000, 1 / 4000)
    either = np.stack([z, -z], axis=1)  # E max(z, -z) = sqrt(2 / pi)
    assert value_of_knowing(either, z, even) == pytest.approx(np.sqrt(2 / np.pi), abs=0.03)
    other = np.random.default_rng(2).normal(size=4000)
    assert value_of_knowing(either, other, even) < 0.01
    assert value_of_knowing(np.stack([z, z - 1], axis=1), z, even) < 0.01  # one is always better
    both = np.stack([other, z], axis=1)
    assert value_of_knowing(either, both, even) == pytest.approx(np.sqrt(2 / np.pi), abs=0.03)
    assert value_of_knowing(either, np.zeros(4000), even) == 0


def test_each_statement_imports_as_its_start_value(tmp_path: Path) -> None:
    assert [state_meant(text) for text in PULSE.values()] == [f"start_{name}" for name in PULSE]
    assert pulse_csv().count("\n") == 11
    people = "id\n" + "".join(f"p{k}\n" for k in range(5))
    firm = load_bytes(people.encode(), b"source,target\np0,p1\n", name="Five")
    head = "ID,Email," + ",".join(f'"{text}"' for text in PULSE.values())
    rows = [f"{k},p{k}," + ",".join([AGREEMENT[k]] * 10) for k in range(5)]
    (file := tmp_path / "forms.csv").write_text("\n".join([head, *rows]), "utf-8")
    known = known_firm(firm, survey=file)
    for name in PULSE:
        read = known.organisation.start_values[name]
        assert np.abs(read - [0, 0.25, 0.5, 0.75, 1]).max() <= 0.125 + 1e-9  # inside its step
    assert 0.01 < known.organisation.start_values["trust"][0] < 0.12
    assert known.answers is not None
    assert known.answers["trust"].people == 5
    assert known.answers["trust"].median == pytest.approx(0.5, abs=0.02)
    nobody = [row.replace(f",p{k},", ",anonymous,") for k, row in enumerate(rows)]
    file.write_text("\n".join([head, *nobody]), "utf-8")
    known = known_firm(firm, survey=file)
    assert not known.organisation.start_values  # nobody's answer stands for a person
    assert known.answers is not None
    assert known.answers["fear_job"].median == pytest.approx(0.5, abs=0.02)
    file.write_text("\n".join([head, *nobody[:4]]), "utf-8")
    assert known_firm(firm, survey=file).answers == {}  # fewer than five
    file.write_text("ID,Email,Remarks\n1,p1,hello\n", "utf-8")
    with pytest.raises(InputError, match="asks nothing that is known"):
        known_firm(firm, survey=file)


@pytest.mark.parametrize("median", [0.1, 0.5, 0.8])
def test_the_middle_is_found_through_five_steps(median: float) -> None:
    draw = np.random.default_rng(4).normal(size=2000)
    truth = 1 / (1 + np.exp(-(np.log(median / (1 - median)) + 0.9 * draw)))
    middle, read = middle_of(np.rint(4 * truth) / 4)
    assert middle == pytest.approx(median, abs=0.02)
    assert read.mean() == pytest.approx(truth.mean(), abs=0.01)  # where steps alone would be off
    assert np.abs(read - truth).max() <= 0.25


def test_access_is_taken_from_the_table_of_use(client: Path) -> None:
    from sim.organisation import load

    firm = load(client)
    known = known_firm(firm, usage=client / "usage.csv")
    assert known.week == 16
    starts = {one.intervention.start for one in known.scenario.timeline}
    assert starts == {1, 5}
    meant = np.zeros(firm.n_people, int)
    for one in known.scenario.timeline:
        meant += one.intervention.audience.members(firm)  # type: ignore[attr-defined]
    assert (meant == 1).all()
    assert known.persons is not None
    assert known.persons.known.sum() == 60 * 16 - 4 * 23  # blank is no licence, in weeks 1 to 4
    assert any("access alone, as the table of use tells it" in text for text in known.said)


def test_of_real_people_nothing_is_about_one_manager_or_fewer_than_five(
    client: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sim.organisation import load

    small(monkeypatch)
    firm = load(client)
    one = stored(diagnose(known_firm(firm, usage=client / "usage.csv"), FEW))
    sizes = dict(zip(firm.teams, np.diff(firm.team_start).tolist(), strict=True))
    assert any(n < 5 for n in sizes.values())
    assert {team.name for team in one.teams} <= {name for name, n in sizes.items() if n >= 5}
    for team in one.teams:
        assert "manager" not in {held.name for held in team.drivers}
        assert "managers" not in {part.name for part in team.conditions}
    assert all(part.people is None or part.people >= 5 for part in one.conditions)
    written = one.model_dump_json()
    assert not any(str(person) in written for person in firm.ids)
    assert one.hidden_teams == firm.n_teams - len(one.teams) > 0
    few = replace(firm, people=firm.people.copy())
    few.people["manager"] = -1  # nobody is a manager
    alone = stored(diagnose(known_firm(few), FEW, measures=False))
    assert "manager" not in {held.name for held in alone.drivers}
    assert "Managers: fewer than five" in " ".join(conditions_words(alone))


def test_use_tells_what_it_goes_along_with() -> None:
    firm = template(80, 3)
    rng = np.random.default_rng(2)
    answers = np.where(rng.random(80) < 0.5, 0.9, 0.1)
    asked = replace(firm, start_values={"fear_job": answers})
    known = np.ones((12, 80), bool)
    slopes = Slopes(asked, known)
    assert slopes.names == ("fear_job", "manager's use", "neighbours")
    idle = rng.random((1, 12, 80))
    assert abs(slopes.of(idle)[0, 0]) < 0.3
    feared = np.clip(0.6 * (answers < 0.5) + 0.3 * idle, 0, 1)
    assert slopes.of(feared)[0, 0] < -1  # those who fear use it less: odds of days
    echo = idle.copy()  # people do in a week as those they listen to did before
    for week in range(1, 12):
        heard = slopes.listen @ echo[0, week - 1]
        echo[0, week] = np.clip(0.1 + 0.8 * heard + 0.2 * rng.random(80), 0, 1)
    after = -5 - 12  # the five slopes over weeks stand before the curve of twelve weeks
    assert slopes.of(echo)[0, after] > slopes.of(idle)[0, after] + 1
    answers[4:] = np.nan  # four answered: nothing may be said
    few = Slopes(replace(firm, start_values={"fear_job": answers}), known)
    assert few.names == ("manager's use", "neighbours")


def test_what_statistics_tell_is_told_no_more_and_no_less() -> None:
    rng = np.random.default_rng(7)
    truth = rng.normal(size=(6000, 2))
    noise = 0.5
    clues = truth[:, [0]] + noise * rng.normal(size=(6000, 1))  # of the first thing alone
    idle = rng.normal(size=(6000, 40))
    weighed = RegressionWeights.of(
        truth, np.hstack([clues, idle]), np.append(1.5, np.zeros(40)), 600
    )
    assert weighed.weights.sum() == pytest.approx(1)
    found = weighed.adjusted(truth)
    mean = weighed.weights @ found
    spread = np.sqrt(weighed.weights @ (found - mean) ** 2)
    exact = 1 / (1 + noise**2)  # of two normals
    assert mean == pytest.approx([1.5 * exact, 0.0], abs=0.08)
    assert spread == pytest.approx([noise * np.sqrt(exact), 1.0], rel=0.08)


def test_no_driver_is_held_the_stronger_beforehand() -> None:
    rows = posterior()
    even, plain = firm_sets(rows, 288), firm_sets(rows, 288, even=False)
    assert (plain == rows).all()
    short = np.array([0.464 * 0.591, 0.506, 0.497, 1.0, 1.37])

    def leads(sets: np.ndarray) -> np.ndarray:
        strength = np.stack([sets[name] for name in WEIGHTS.values()], axis=1) * short
        return np.bincount(strength.argmax(axis=1), minlength=5) / len(sets)

    assert leads(rows).max() > 0.4  # by the ranges thought possible, not by what was found
    assert leads(even).max() < 0.35
    assert leads(even).min() > 0.1
    assert (even["b_identity"] == even["b_job"]).all()  # what is tied stays tied
    same = [name for name in rows.dtype.names if (even[name] == rows[name]).all()]
    assert len(same) >= len(rows.dtype.names) - 8


def test_a_fear_that_is_everywhere_and_weighs_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    small(monkeypatch)
    firm: Organisation = template(80, 3)
    rows = FEW.copy()
    for name in ("b_mistake", "b_permission", "b_norm", "b_manager"):
        rows[name] = 0.1
    rows["b_job"] = 6.0
    afraid = {"fear_job": np.full(80, 0.9)}
    known = known_firm(replace(firm, start_values=afraid))
    one = stored(diagnose(known, rows, measures=False, even=False))
    assert one.drivers[0].name == "job"
    assert one.tells
    assert "fear for the job holds use back most" in diagnosis_sentence(one)
    assert "Nothing measured weighs them" in " ".join(doubts(one))
    idle = one.model_copy(update={"all_asked": 0.0})
    assert ", as now." in questions_words(idle)
    for name in ("b_mistake", "b_permission", "b_job", "b_norm", "b_manager"):
        rows[name] = 0.0  # nothing holds back: the truth is a tie
    tie = stored(diagnose(known_firm(firm), rows, measures=False, even=False))
    assert not tie.tells
    assert "cannot tell" in diagnosis_sentence(tie)


@pytest.mark.slow
def test_the_command_writes_what_it_says(
    client: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small(monkeypatch)
    out = tmp_path / "why"
    result = CliRunner().invoke(uptake, ["diagnose", str(client), "--out", str(out)])
    assert result.exit_code == 0, result.output
    for words in ("What holds use back in week 16", "Team by team", "What this rests on",
                  "effective replicates"):  # fmt: skip
        assert words in result.output
    names = {"diagnosis.json", "drivers.csv", "conditions.csv", "measures.csv", "questions.csv",
             "diagnosis.png"}  # fmt: skip
    assert {file.name for file in out.iterdir()} == names
    one = read_stored(out)
    assert isinstance(one, Stored)
    assert (out / "drivers.csv").read_text("utf-8").count("\n") == 1 + 11 + 10 * len(one.teams)
    assert len(one.measures) <= 3
    again = CliRunner().invoke(uptake, ["diagnose", str(client), "--out", str(tmp_path / "b")])
    assert again.exit_code == 0
    assert (tmp_path / "b" / "diagnosis.json").read_bytes() == (out / "diagnosis.json").read_bytes()
    report = ["report", "licences-only", "--organisation", "small-firm", "--replicates", "2",
              "--weeks", "4", "--diagnosis", str(out), "--out", str(tmp_path / "r.html"),
    ]  # fmt: skip
    result = CliRunner().invoke(uptake, report)
    assert result.exit_code == 0, result.output
    text = (tmp_path / "r.html").read_text("utf-8")
    assert "Why did adoption stall at client?" in text
    assert "What to ask next" in text
    form = tmp_path / "form.csv"
    assert CliRunner().invoke(uptake, ["diagnose", "--questionnaire", str(form)]).exit_code == 0
    assert form.read_text("utf-8") == pulse_csv()
    refused = CliRunner().invoke(uptake, ["diagnose", "--questionnaire", str(form)])
    assert isinstance(refused.exception, InputError)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"week": -1}, "week"),
        ({"drivers": [{"name": "<script>"}]}, r"drivers\[0\].name"),
        ({"more": 1}, "more"),
        ({"drivers": []}, "drivers"),
        (
            {"teams": [{"name": "T", "people": 9, "tells": True, "drivers": [], "conditions": []}]},
            r"teams\[0\].drivers",
        ),
        ({"all_asked": 1.5}, "all_asked"),
        ({"all_asked": float("inf")}, "cannot be read"),
    ],
)
def test_a_diagnosis_from_anybody_is_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: dict[str, object], said: str
) -> None:
    small(monkeypatch)
    one = stored(diagnose(known_firm(template(40, 3)), FEW[:4], measures=False))
    file = tmp_path / "diagnosis.json"
    file.write_text(json.dumps(json.loads(one.model_dump_json()) | change), "utf-8")
    with pytest.raises(InputError, match=f"{said}: "):
        read_stored(file)
    file.write_text("[" * 100_000, "utf-8")
    with pytest.raises(InputError, match="cannot be read"):
        read_stored(tmp_path)


def by_hand(drivers: dict[str, list[float]], weights: list[float] | None = None) -> Pool:
    """A pool of one team, a replicate a set, with what holds it back as given; the rest 0."""
    n = len(next(iter(drivers.values())))
    held = np.zeros((n, 1, 1, len(DRIVERS)))
    for name, values in drivers.items():
        held[:, 0, 0, Driver[name]] = values
    regression = None if weights is None else RegressionWeights(np.zeros((n, 1)), np.array(weights))
    return Pool(posterior(n), replicate_seeds(0, 1, sets=n), held, regression=regression)


def test_the_strongest_is_named_where_it_is_ahead_by_the_margin_and_likely() -> None:
    def found(ahead: int, job: float = 0.3) -> tuple[list[tuple[str, float | None]], bool]:
        pool = by_hand({
            "job": [job] * ahead + [0.1] * (20 - ahead), "undefined_norm": [0.2] * 20,
            "visible_mistakes": [0.0] * 17 + [0.25] * 3, "identity": [0.9] * 20,
            "distrust": [0.95] * 20,
        })  # fmt: skip
        held, _, tells = _held(pool, pool.whole(np.array([9])), 0.01)
        return [(one.name, one.first) for one in held], tells

    held, tells = found(12)
    assert held[:3] == [
        ("job", pytest.approx(0.6)), ("undefined_norm", pytest.approx(0.25)),
        ("visible_mistakes", pytest.approx(0.15)),
    ]  # fmt: skip
    assert held[5:7] == [("distrust", None), ("identity", None)]  # those outside the five, by mean
    assert not tells
    assert found(17)[1]  # in 17 of 20
    assert not found(15)[1]
    assert not found(17, job=0.209)[1]  # ahead as often, but by less than the margin


def test_bands_and_means_are_weighed() -> None:
    ten = [0.01 * k for k in range(10)]
    even, _, _ = _held(pool := by_hand({"job": ten}), pool.whole(np.array([5])), 0.01)
    job = next(one for one in even if one.name == "job")
    # Ten of one weight stand at 5%, 15%, ... 95% of it.
    assert (job.low, job.mean, job.high) == pytest.approx((0.0, 0.045, 0.09))
    pool = by_hand({"job": [0.0, 0.1, 0.5]}, [0.5, 0.4, 0.1])
    found, first, _ = _held(pool, pool.whole(np.array([5])), 0.01)
    job = next(one for one in found if one.name == "job")
    assert job.mean == pytest.approx(0.09)
    assert job.first == pytest.approx(0.5)  # where nothing holds back, the first of the five is
    assert first.sum(axis=1).tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    ("strong", "together"),
    [
        ([12, 5, 3], ["job", "undefined_norm", "visible_mistakes"]),
        ([14, 5, 1], ["job", "undefined_norm"]),
        ([15, 4, 1], ["job", "undefined_norm"]),
        ([17, 2, 1], []),
    ],
)
def test_those_that_cannot_be_told_apart_are_named_together(
    monkeypatch: pytest.MonkeyPatch, strong: list[int], together: list[str]
) -> None:
    which = np.repeat(["job", "undefined_norm", "visible_mistakes"], strong)
    pool = by_hand({name: (which == name) * 0.2 for name in set(which)})
    firm = template(40, 3)
    drivers = np.repeat(pool.drivers, firm.n_teams, axis=2)
    monkeypatch.setattr(causes, "pool_of", lambda *given, **named: replace(pool, drivers=drivers))
    found = stored(diagnose(known_firm(firm), FEW, measures=False))
    assert found.together == together
    assert found.tells == (not together)
    drivers[:] = 0.0
    drivers[..., Driver["job"]], drivers[..., Driver["manager"]] = 0.2, 0.195
    near = stored(diagnose(known_firm(firm), FEW, measures=False))
    assert (near.tells, len(near.together), near.together[0]) == (False, 2, "job")  # the margin
    assert found.hidden_teams == firm.n_teams - len(found.teams)


def test_of_few_managers_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    firm = replace(template(40, 3), made_up=False, people=template(40, 3).people.copy())
    led = np.flatnonzero(firm.is_manager)
    for count in (4, 5):
        few = replace(firm, people=firm.people.copy())
        few.people["manager"] = np.resize(led[:count], firm.n_people)
        assert few.is_manager.sum() == count
        pool = by_hand({"manager": [0.1] * 4})
        drivers = np.repeat(pool.drivers, firm.n_teams, axis=2)
        monkeypatch.setattr(
            causes, "pool_of", lambda *a, d=drivers, p=pool, **b: replace(p, drivers=d)
        )
        found = diagnose(known_firm(few), FEW, measures=False)
        assert ("manager" in {one.name for one in found.drivers}) == (count == 5)
        known, seeds = known_firm(few), pool.seeds
        kept = conditions_of(replace(known, week=4), pool.parameters, seeds)
        assert ("managers" in {one.name for one in kept}) == (count == 5)


def test_measures_that_help_are_ranked_by_users_an_hour() -> None:
    def tried(said: str, gain: float, low: float, hours: float) -> Worth:
        effect = Difference(gain, low, 2 * gain - low, 1, 0, 0, 9)
        return Worth(Change(said, "added", said, 5, ()), effect, hours, 0.0, np.zeros((1, 9)))

    found = _best((
        tried("long", 0.05, 0.02, 100.0), tried("short", 0.03, 0.01, 10.0),
        tried("unsure", 0.2, -0.01, 1.0), tried("for nothing", 0.04, 0.01, 0.0),
        tried("longer", 0.05, 0.02, 400.0), tried("saves", 0.01, 0.005, -50.0),
    ))  # fmt: skip
    assert [one.said for one in found] == ["for nothing", "saves", "short"]
    assert [one.hours for one in found] == [0.0, 0.0, 10.0]
    assert (found[0].gain, found[0].low, found[0].high) == (0.04, 0.01, 0.07)


def test_measures_are_tried_from_the_week_after_the_one_asked_about() -> None:
    known = replace(known_firm(template(40, 3)), week=6)
    found = _worth(known, FEW[:2], replicate_seeds(0, 1, sets=2), 0, 1)
    assert len(found) > 10
    assert {(one.change.how, one.change.week) for one in found} == {("added", 7)}
    assert all(one.values.shape == (2, 1) for one in found)


def test_a_question_is_worth_what_its_answer_would_tell() -> None:
    """Fear for the job alone tells which is first, as likely as it is high, and what is best."""
    rng, n = np.random.default_rng(4), 400
    parameters = np.resize(posterior(), n)
    for name in STARTS.values():
        parameters[name] = rng.random(n)
    fear = parameters[STARTS["fear_job"]]
    pool = Pool(parameters, replicate_seeds(0, 2, sets=n), np.zeros((n, 2, 1, len(DRIVERS))))
    first = np.eye(5)[np.where(rng.random(2 * n) < np.repeat(fear, 2), 2, 3)]
    effect = Difference(0.0, 0.0, 0.0, 0, 0, 0, n)
    found = tuple(
        Worth(Change("", "added", "", 5, ()), effect, 0.0, 0.0, sign * (fear[:, None] - 0.5))
        for sign in (1, -1)
    )
    firm = known_firm(template(40, 3))
    known = replace(firm, answers={"trust": Answers(0.5, 9)})
    rows, together = _questions(known, pool, first, found, parameters)
    best = rows[0]
    assert (best.name, best.asked) == ("fear_job", 0)
    assert best.naming == pytest.approx(0.25, abs=0.04)  # E max(u, 1 - u) less a half
    assert best.deciding == pytest.approx(0.25, abs=0.03)  # E |u - 1/2|
    assert all(one.naming < 0.04 and one.deciding < 0.03 for one in rows[1:])
    assert (rows[-1].name, rows[-1].asked, rows[-1].naming) == ("trust", 9, 0.0)
    assert together == pytest.approx(0.25, abs=0.05)


def test_knowing_something_far_out_on_either_side_has_its_value() -> None:
    """E max(z² - 1, 0) = 2 φ(1), which no straight line sees; noise of few replicates is none."""
    z, even = np.random.default_rng(1).normal(size=20_000), np.full(20_000, 1 / 20_000)
    either = np.stack([z**2 - (z**2).mean(), 0 * z], axis=1)
    assert value_of_knowing(either, z, even) == pytest.approx(0.48394, abs=0.03)
    rng, even = np.random.default_rng(2), np.full(40, 1 / 40)
    idle = [
        value_of_knowing(rng.normal(size=(40, 3)), rng.normal(size=40), even) for _ in range(40)
    ]
    assert np.mean(idle) < 0.06


def test_a_pool_gives_people_and_weights_their_part() -> None:
    pool = by_hand({"job": [0.1, 0.3]})
    two = replace(pool, drivers=np.concatenate([pool.drivers, pool.drivers + 0.4], axis=2))
    whole = two.whole(np.array([1, 3]))[:, 0, Driver["job"]]
    assert whole == pytest.approx([0.25 * 0.1 + 0.75 * 0.5, 0.25 * 0.3 + 0.75 * 0.7])
    n = 6
    seeds = replicate_seeds(0, 2, sets=n)
    pool = Pool(posterior(n), seeds, np.zeros((n, 2, 1, len(DRIVERS))))
    parameters, drawn = pool.drawn(2 * n, 0)
    assert drawn.ravel().tolist() == seeds.ravel().tolist()  # all count the same: each is there
    assert (parameters == np.repeat(pool.parameters, 2)).all()
    weights = np.zeros(2 * n)
    weights[7] = 1.0
    weighed = replace(pool, regression=RegressionWeights(np.zeros((2 * n, 1)), weights))
    parameters, drawn = weighed.drawn(5, 0)
    assert set(drawn.ravel().tolist()) == {int(seeds[3, 1])}
    assert (parameters == pool.parameters[3]).all()


def test_what_goes_along_with_the_distance_is_taken_off() -> None:
    """Logarithms that are 1 in 20 and rise with the distance: at none, all are 1 in 20."""
    n, rng = 50, np.random.default_rng(3)
    gap, own = rng.normal(0.4, 1.0, (n, 1)), rng.normal(-0.2, 1.0, (n, 2))
    weights = rng.random(n)
    regression = RegressionWeights(gap, weights / weights.sum())
    assert regression.adjusted(3.0 + 2.0 * gap) == pytest.approx(np.full((n, 1), 3.0))
    level = np.log(0.05 + LEAST) + 0.1 * gap + 0.05 * own[:, [1]]
    drivers = np.zeros((n, 1, 2, len(DRIVERS))) + (np.exp(level) - LEAST)[:, :, None, None]
    pool = Pool(posterior(n), replicate_seeds(0, 1, sets=n), drivers, None, regression, own)
    assert pool.team(1) == pytest.approx(np.full((n, 1, len(DRIVERS)), 0.05))
    assert np.ptp(pool.whole(np.array([1, 1]))) > 0.001  # of the firm, its own alone is counted
    assert pool.effective == pytest.approx(1 / (regression.weights**2).sum())


def test_what_holds_back_is_that_of_the_week_asked_about() -> None:
    firm = template(40, 3)
    known = known_firm(firm)
    assert known.week == 16
    with pytest.MonkeyPatch.context() as patch:
        small(patch)
        pool = pool_of(known, FEW, even=False)
    case = Case.of(known.scenario, firm, 16, parameters=pool.parameters)
    records = run_cases([case], pool.seeds)
    assert records.checkpoint_weeks == (13, 16)
    assert np.array_equal(pool.drivers, records.drivers[0, :, :, 1].astype(float))


def test_answers_move_the_median_as_surely_as_many_gave_them() -> None:
    rows = np.resize(posterior(), 4000)
    rows["start_spread"] = 1.2
    known = replace(known_firm(template(40, 3)), answers={"trust": Answers(0.7, 36)})
    found = _as_answered(rows.copy(), known, 0)
    logits = {name: np.log(found[name] / (1 - found[name])) for name in STARTS.values()}
    told = logits[STARTS["trust"]]
    assert told.mean() == pytest.approx(np.log(0.7 / 0.3), abs=0.02)
    assert told.std() == pytest.approx(1.2 / 6, rel=0.05)
    name = STARTS["fear_job"]
    moved = logits[name] - np.log(rows[name] / (1 - rows[name]))
    assert moved.mean() == pytest.approx(0, abs=0.05)
    assert moved.std() == pytest.approx(0.6, rel=0.1)  # as far as firms differ


def test_strengths_are_dealt_anew_among_drivers_of_a_firm() -> None:
    """What each would keep from use before anybody uses: weight times what is missing."""
    rows = posterior(30)
    start = {"fear_mistake_start": 0.5, "climate_start": 0.4, "fear_permission_start": 0.6,
             "fear_job_start": 0.5, "readiness_start": 0.4, "trust_start": 0.6}  # fmt: skip
    for name, value in start.items():
        rows[name] = value
    short = np.array([0.5 * (1 - 0.4), 0.6, 0.5, 1.0, 2 - 0.4 - 0.5 * 0.6])
    rng = np.random.default_rng(1)
    for k, name in enumerate(WEIGHTS.values()):
        rows[name] = rng.uniform(0.2, 0.4, 30) / short[k]
    found = firm_sets(rows, 30)

    def strengths(sets: np.ndarray) -> np.ndarray:
        return np.stack([sets[name] for name in WEIGHTS.values()], axis=1) * short

    before, after = strengths(firm_sets(rows, 30, even=False)), strengths(found)
    np.testing.assert_allclose(np.sort(before, axis=1), np.sort(after, axis=1))
    assert (before.argmax(axis=1) != after.argmax(axis=1)).any()


def test_what_a_condition_holds_back_is_a_difference_of_two_runs() -> None:
    firm = template(40, 3)
    known = replace(known_firm(firm), week=8)
    seeds = replicate_seeds(0, 1, sets=4)
    found = {one.name: one for one in conditions_of(known, FEW[:4], seeds)}
    meant = {"managers": np.flatnonzero(firm.is_manager), "leaders": informal_leaders(firm)}
    for name, rows in meant.items():
        use = []
        for people in (firm, with_starts(firm, rows, **MET[name])):
            case = Case.of(known.scenario, people, 8, parameters=FEW[:4])
            weekly = run_cases([case], seeds).weekly[0, :, 0]
            use.append(weekly[:, -4:, Outcome["weekly_users"]].mean(axis=1))
        assert found[name].people == len(rows)
        assert found[name].gain == pytest.approx(use[1] - use[0], abs=1e-6)
    assert found["leaders"].gain.mean() > 0


def test_statistics_of_use_by_hand() -> None:
    firm, rng = template(80, 3), np.random.default_rng(2)
    afraid = np.arange(80) % 2 == 0
    known = np.ones((12, 80), bool)
    slopes = Slopes(replace(firm, start_values={"fear_job": np.where(afraid, 0.9, 0.1)}), known)
    use = np.zeros((1, 12, 80))
    use[0, 5:, ~afraid] = 0.4
    late = 1 + 1 + 2  # behind the level: its slope, what is left of it, and two beside it
    assert slopes.of(use)[0, late] > 0.5  # whoever never begins is later than who does
    some = known.copy()
    some[8:, :40] = False
    partly, lost = Slopes(firm, some), rng.random((1, 12, 80))
    blank = np.where(some, lost, 0.0)
    np.testing.assert_array_equal(partly.of(np.where(some, lost, 0.7)), partly.of(blank))
    ready = {"readiness": rng.random(80)}
    assert "manager" in Slopes(replace(firm, start_values=ready), known).names
    four = np.where(np.arange(80) < 4, 0.9, 0.1)  # four answered otherwise than all others
    assert Slopes(replace(firm, start_values={"fear_job": four}), known).names == (
        "manager's use", "neighbours",
    )  # fmt: skip
    faded = _faded(np.array([[1.0, 1.0, 0.0]])[..., None], 0.5)
    assert faded[0, :, 0].tolist() == [0.5, 0.75, 0.375]


def test_weeks_before_the_first_use_tell_nothing_of_those_after() -> None:
    firm, rng = template(80, 3), np.random.default_rng(2)
    use = rng.random((1, 12, 80))
    use[:, :4] = 0.0  # everybody begins in week 5
    known = np.ones((12, 80), bool)
    late = known.copy()
    late[:4] = False
    over_weeks = slice(-5 - 12, -12)
    one, other = (Slopes(firm, there).of(use)[0, over_weeks] for there in (known, late))
    assert one == pytest.approx(other)
    assert np.abs(one).min() > 0


def test_statistics_that_tell_nothing_get_no_slopes() -> None:
    """Least squares would follow the noise; the penalty of the least validated error does not."""
    rng = np.random.default_rng(3)
    z, y = rng.normal(size=(60, 40)), rng.normal(size=(60, 1))
    followed = np.linalg.lstsq(z, y, rcond=None)[0]
    slopes, left = _ridge(z, y)
    assert np.abs(slopes).sum() < 0.2 * np.abs(followed).sum()
    assert left[0, 0] == pytest.approx(y.var(), rel=0.2)


def test_a_firm_that_is_as_simulated_is_off_by_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    firm = template(120, 3)
    sizes = np.diff(firm.team_start)
    rows = [
        f'"{team}",{week},{n},{min(n, week + k % 3)}'
        for k, (team, n) in enumerate(zip(firm.teams, sizes, strict=True))
        for week in range(1, 7)
    ]
    (file := tmp_path / "usage.csv").write_text(
        "\n".join(["team,week,people,weekly_users", *rows]) + "\n", "utf-8"
    )
    measured = _Measured(known := known_firm(firm, usage=file))
    assert known.observed is not None
    asked: list[np.ndarray] = []

    def of(*given: np.ndarray) -> RegressionWeights:
        asked.extend(given)
        return RegressionWeights(np.zeros((12, 1)), np.full(12, 1 / 12))

    monkeypatch.setattr("sim.analysis.diagnosis.pool.RegressionWeights.of", of)
    held = np.full((6, 2, firm.n_teams, len(DRIVERS)), 0.2)
    pool = Pool(posterior(6), replicate_seeds(0, 2, sets=6), held)
    said = np.tile(known.observed.values, (6, 2, 1))
    found = measured.weighed(pool, said, np.empty((12, 0)), 0)
    assert found.own is not None
    assert np.abs(found.own).max() < 1e-12
    targets, statistics, seen, effective = asked
    assert effective == pytest.approx(1.2)
    assert targets[:, :5] == pytest.approx(np.log(0.2 + LEAST) + np.zeros((12, 5)))
    whole = Place.of(known.observed).whole
    level = np.arcsin(np.sqrt(known.observed.values[whole][-4:])).mean()  # of the last four weeks
    assert targets[:, 5] == pytest.approx(np.full(12, level))
    assert statistics[:, -1] == pytest.approx(np.full(12, seen[-1]))  # how far teams are apart
    assert seen[-1] > 0.01


def test_weights_keep_as_many_replicates_as_are_asked_for() -> None:
    rng = np.random.default_rng(7)
    truth = rng.normal(size=(2000, 1))
    told = truth + 0.05 * rng.normal(size=(2000, 1))
    found = RegressionWeights.of(truth, told, np.array([1.5]), 1000).weights
    assert 1 / (found**2).sum() == pytest.approx(1000, rel=1e-4)


def test_use_is_read_person_by_person_and_access_team_by_team(tmp_path: Path) -> None:
    people = "id,team\n" + "".join(f"p{k},{'A' if k < 4 else 'B'}\n" for k in range(9))
    firm = load_bytes(people.encode(), b"source,target\np0,p1\n", name="Nine")
    file = tmp_path / "usage.csv"
    file.write_text("id,week,use_days\np0,1,7\np1,2,2\n", "utf-8")
    persons = known_firm(firm, usage=file).persons
    assert persons is not None
    assert persons.days
    assert persons.known.sum() == 2
    assert persons.share[:, :2].tolist() == [[1.0, 0.0], [0.0, 0.4]]
    rows = ["A,3,4,2,0.2", "A,2,4,1,0.2", "A,4,4,4,0.2", "B,5,5,5,0.2", "B,3,5,5,0.2"]
    file.write_text("\n".join(["team,week,people,enabled,weekly_users", *rows]) + "\n", "utf-8")
    timeline = known_firm(firm, usage=file).scenario.timeline
    assert [one.intervention.start for one in timeline] == [3]  # half of A, and all of B
    assert timeline[0].intervention.audience.members(firm).all()  # type: ignore[attr-defined]


def test_answers_on_no_scale_are_taken_as_they_are() -> None:
    values = np.array([0.1, 0.2, 0.31, 0.9])
    middle, read = middle_of(values)
    assert middle == pytest.approx(0.255)
    assert read is values
