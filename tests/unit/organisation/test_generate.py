from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from sim.errors import InputError
from sim.organisation import Organisation, load, organisation_hash, template, to_csv
from sim.organisation.organisation import in_strength
from sim.organisation.people import draw_values, natural
from sim.organisation.settings import DEFAULT_RANKS
from sim.randomness import hash_text
from sim.state import VALUES


@pytest.mark.parametrize("n_people", [1, 2, 3, 11, 13, 14, 20, 37, 60, 240, 1000])
def test_every_size_is_whole(n_people):
    org = template(n_people, seed=0)
    assert org.n_people == n_people
    assert org.team_start[-1] == n_people
    assert (np.diff(org.team_start) > 0).all()
    managers = org.people["manager"]
    assert (managers < 0).sum() == 1
    below = managers >= 0
    assert (org.people["level"][below] > org.people["level"][managers[below]]).all()
    assert org.people["level"].min() == 1


@pytest.mark.parametrize("n_people", [60, 240, 3000])
def test_a_template_loads_back_to_the_same_content(tmp_path, n_people):
    org = template(n_people, seed=5)
    to_csv(org, tmp_path / "out")
    assert organisation_hash(load(tmp_path / "out")) == organisation_hash(org)


def test_a_seed_makes_one_organisation():
    assert organisation_hash(template(100, seed=0)) == organisation_hash(template(100, seed=0))
    assert organisation_hash(template(100, seed=0)) != organisation_hash(template(100, seed=1))


def test_people_stand_in_canonical_order():
    org = template(500, seed=1)
    assert list(org.teams) == sorted(org.teams, key=natural)
    assert list(org.ids) == sorted(org.ids, key=natural)
    assert (np.diff(org.people["team"]) >= 0).all()
    assert org.people["key"][17] == hash_text(org.ids[17])


def test_spans_hold():
    org = template(3000, seed=1, span={"low": 6, "high": 11}, upper_span={"low": 4, "high": 7})
    spans = org.spans()[org.is_manager]
    leads_team = np.isin(np.flatnonzero(org.is_manager), org.team_start[:-1])
    assert spans.max() <= 11
    assert spans[leads_team].min() >= 3
    assert len(np.unique(org.people["level"])) >= 4


def test_ties_are_dense_within_teams_and_unequal():
    org = template(1000, seed=1)
    within = org.people["team"][org.tie_source] == org.people["team"][org.ties.target]
    assert 0.6 < within.mean() < 0.95
    attention = np.sort(in_strength(org))[::-1]
    assert attention[:100].sum() > 0.2 * attention.sum()
    flat = template(1000, seed=1, ties={"attractiveness": 0.0})
    even = np.sort(in_strength(flat))[::-1]
    assert attention[:100].sum() > 1.1 * even[:100].sum()


def test_weights_sum_to_one():
    org = template(300, seed=1)
    sums = np.bincount(org.tie_source, weights=org.ties.weight, minlength=300)
    np.testing.assert_allclose(sums[sums > 0], 1, atol=1e-12)


def test_ranks_set_the_mix_of_profiles():
    keys = np.array([hash_text(f"p{i}") for i in range(20_000)], np.uint64)
    values = draw_values(keys, DEFAULT_RANKS) / 200
    leading = (values > 0.7).mean(0)
    by_name = dict(zip(VALUES, leading, strict=True))
    ranked = sorted(DEFAULT_RANKS, key=DEFAULT_RANKS.__getitem__)
    shares = [by_name[name] for name in ranked]
    assert shares == sorted(shares, reverse=True)
    assert by_name["family"] > 3 * by_name["ambition"]
    assert values.min() >= 0.2
    assert values.max() <= 1
    other = draw_values(keys, {"ambition": 1, "family": 50}) / 200
    assert (other[:, VALUES.index("ambition")] > 0.7).mean() > by_name["family"] / 2


@pytest.mark.parametrize(
    ("name", "n_people"), [("services-firm", 240), ("small-firm", 60), ("large-firm", 5000)]
)
def test_shipped_templates(repository, name, n_people):
    org = load(repository / "scenarios" / "organisations" / f"{name}.yaml")
    assert org.n_people == n_people
    assert org.name.startswith("Template")
    assert "made up from a template" in org.notes[0].what


def test_the_shipped_default_is_the_default_of_the_generator(repository):
    org = load(repository / "scenarios" / "organisations" / "services-firm.yaml")
    assert organisation_hash(org) == organisation_hash(template(240, seed=1))


def test_shipped_templates_say_their_purpose(repository):
    files = sorted((repository / "scenarios" / "organisations").glob("*.yaml"))
    assert len(files) >= 4
    for file in files:
        assert "# Purpose:" in file.read_text("utf-8"), file.name


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("n_people: 0", r"t\.yaml:2:1 n_people: is 0 — greater than or equal to 1"),
        ("n_poeple: 5", r"t\.yaml:2:1 n_poeple: is no known key — did you mean n_people\?"),
        ("span: {low: 9, high: 3}", r"span: has low above high — low at most high"),
        ("span: {low: 9}", r"span\.high: is missing"),
        ("ties: {within: .inf}", r"ties\.within: is inf"),
        ("ties: {reciprocity: 2}", r"ties\.reciprocity: is 2 — less than or equal to 1"),
        ("manager_role: bos", r"names the role 'bos', which roles does not list"),
        ("seed: one", r"t\.yaml:2:1 seed: is 'one'"),
        ("departments: []", r"departments: is \[\]"),
    ],
)
def test_templates_are_checked(tmp_path, text, expected):
    file = tmp_path / "t.yaml"
    file.write_text(f"kind: template\n{text}\n", "utf-8")
    with pytest.raises(InputError, match=expected):
        load(file)


def test_a_file_that_is_no_template(tmp_path):
    file = tmp_path / "people.csv"
    file.write_text("id\n", "utf-8")
    with pytest.raises(InputError, match="is no template — its folder"):
        load(file)


def test_ties_made_up_are_as_many_as_the_protocol_says() -> None:
    said = (Path(__file__).parents[3] / "docs/odd.md").read_text("utf-8")
    found = re.search(
        r"(\d+)\s+people has ([\d.]+) ties a person, ([\d.]+) of them in the team; "
        r"(\d+)% listen to their manager; (\d+)% of ties",
        said,
    )
    assert found is not None
    n, *expected = (float(number) for number in found.groups())
    seen = np.mean([_ties_of(template(int(n), seed=seed)) for seed in range(20)], axis=0)
    assert seen == pytest.approx([*expected[:2], expected[2] / 100, expected[3] / 100], rel=0.02)


def _ties_of(firm: Organisation) -> tuple[float, float, float, float]:
    people, n, ties = firm.people, firm.n_people, firm.ties
    source, target = np.repeat(np.arange(n), np.diff(ties.start)), ties.target.astype(int)
    within = (people["team"][source] == people["team"][target]).sum()
    pair, back = source * n + target, target * n + source
    led = people["manager"] >= 0
    upward = np.isin(np.arange(n)[led] * n + people["manager"][led], pair).mean()
    return len(pair) / n, within / n, upward, np.isin(back, pair).mean()
