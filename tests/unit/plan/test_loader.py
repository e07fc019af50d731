from pathlib import Path

import pytest

from sim.analysis.plan import load_problem, loads_problem
from sim.analysis.plan.layout import Layout
from sim.analysis.plan.objective import Risk
from sim.errors import InputError
from sim.organisation import Organisation


def problems(text: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        loads_problem(text, "p.yaml")
    return [str(problem) for problem in caught.value.problems]


def test_a_problem(repository: Path) -> None:
    problem = load_problem(repository / "experiments/planning/forty-weeks.yaml")
    assert problem.labels == ("loyalty", "identity", "coaching", "policy", "access", "practice")
    assert problem.weeks == 40
    assert problem.items[1].doses == (0.0, 1.0)
    assert problem.items[5].occupies["trainers"].of(61) == 4
    assert not problem.items[2].waves
    assert problem.waves is not None
    assert problem.waves.names == ("Service", "Operations", "Sales", "Head office")
    assert len(problem.precedence) == 5  # loyalty before each of the others
    assert problem.risk is Risk.MEAN
    assert problem.worth == 0.01


def test_defaults() -> None:
    problem = loads_problem("interventions: [access: {}]", "plans/our-plan.yaml")
    item = problem.items[0]
    assert problem.name == "our plan"
    assert (item.earliest, item.latest, item.doses, item.rounds) == (1, 52, (1.0,), (1,))
    assert problem.objectives[0].named(52) == "habitual, week 52"
    assert problem.waves is None


def test_rounds_go_on_where_only_their_distance_is_given() -> None:
    ritual = "psychological safety ritual: {lasts: 1 week, every: 2 weeks}"
    assert loads_problem(f"interventions: [{ritual}]").items[0].rounds == (0,)


def test_what_is_to_be_found_may_not_be_given() -> None:
    assert problems("interventions: [access: {start: week 2, dose: 1, times: 2}]") == [
        "p.yaml:1:33 interventions[0].access.start: stands here, but is to be found — "
        "earliest and latest",
        "p.yaml:1:47 interventions[0].access.dose: stands here, but is to be found — "
        "doses: [1], or several to choose from",
        "p.yaml:1:57 interventions[0].access.times: stands here, but is to be found — "
        "rounds: [1], or several to choose from",
    ]


def test_shocks_are_no_choice_of_a_planner() -> None:
    (said,) = problems("interventions: [layoff rumour: {}]")
    assert "layoff rumour: is not a key here" in said


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("precedence: [a before acces]", "acces is not among the interventions — did you mean"),
        ("precedence: [a after access]", "is 'a after access' — such as: loyalty before access"),
        ("precedence: [a at least soon before access]", "soon is no length"),
        ("precedence: [a before access, access before a]", "goes in a circle: a → access → a"),
        ("sequences: [{of: [a]}]", "names one intervention — two or more"),
        ("sequences: [{of: [a, access]}, {of: [b, a]}]", "a is in two sequences"),
        ("objective: shares", "is 'shares' — did you mean share?"),
        ("objective: {what: share, of: habitul}", "is 'habitul' — did you mean habitual?"),
        ("objective: [area, area]", "holds the same twice"),
        ("objective: [area, hours]\nrisk: regret", "is regret, with several objectives"),
        ("risk: median", "risk: is 'median'"),
        (
            "capacity: {trainer: 2}",
            "trainers is not among the capacities and budgets — did you mean trainer?",
        ),
        ("waves: {groups: {x: [A], y: [A]}}", "team A is in x and in y"),
        ("waves: {numbers: [3], groups: {x: [A], y: [B]}}", "holds 3, with 2 groups"),
        ("worth: 0", "a number above 0"),
        ("blackouts: [{start: week 60, lasts: 1 week}]", "beyond the run's 52 weeks"),
        ("budget: {euros: 5}", "budget.euros: nothing occupies or takes euros"),
    ],
)
def test_what_is_wrong_is_said_in_its_place(more: str, said: str) -> None:
    text = f"""interventions:
  - loyalty conversation: {{label: a}}
  - usage policy: {{label: b, occupies: {{trainers: 1 per 5 people}}}}
  - access: {{}}
{more}
"""
    found = problems(text)
    assert any(said in one for one in found), found
    assert all(one.startswith("p.yaml:") for one in found)


def test_labels_and_occupation_are_checked() -> None:
    assert "access stands a second time" in problems("interventions: [access: {}, access: {}]")[0]
    assert "would take for something else" in "".join(
        problems("interventions: [access: {label: everything}]")
    )
    (said,) = problems("interventions: [access: {occupies: {x: many}}]\ncapacity: {x: 1}")
    assert "a number, or such as 1 per 15 people" in said
    (said,) = problems("interventions: [access: {earliest: 9, latest: 3}]")
    assert "is week 3, before earliest, week 9" in said


def test_a_part_that_is_not_there_is_said(small_firm: Organisation) -> None:
    text = "interventions: [access: {}]\nwaves: {numbers: [2], gaps: [2]}\n"
    layout = Layout(loads_problem(text, "p.yaml"), small_firm)
    team = small_firm.teams[0]
    mine = layout.part(f"{team} but managers")[1]
    assert mine.sum() == (layout.part(team)[1] & ~small_firm.is_manager).sum() > 0
    for name in ("Nowhere", "Nowhere but managers", "all but nobody"):
        with pytest.raises(InputError, match=f"names {name}, which is no group of teams"):
            layout.part(name)


def test_a_file_that_is_missing_is_said_to_be_a_plan(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist — the path of a plan file"):
        load_problem(tmp_path / "missing.yaml")
