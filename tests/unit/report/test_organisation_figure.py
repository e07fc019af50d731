from __future__ import annotations

import numpy as np
import pytest

from sim.organisation import from_arrays, template
from sim.organisation.organisation import in_strength
from sim.report.organisation_figure import lay_out, organisation_figure, save_organisation_figure


@pytest.mark.parametrize("n_people", [1, 5, 60, 700])
def test_everybody_has_a_place_of_their_own(n_people):
    org = template(n_people, seed=1)
    layout = lay_out(org, in_strength(org))
    apart = np.abs(layout.person[:, None] - layout.person[None]).sum(2)
    np.fill_diagonal(apart, 9)
    assert apart.min() > 0.5
    assert (layout.person[:, 0] > 0).all()
    assert (layout.person[:, 0] < layout.width).all()
    assert (layout.person[:, 1] < 0).all()
    assert (layout.person[:, 1] > -layout.height).all()


def test_the_manager_stands_in_the_middle():
    org = template(240, seed=1)
    layout = lay_out(org, in_strength(org))
    for team, manager in enumerate(org.team_manager.tolist()):
        if org.people["team"][manager] == team:
            np.testing.assert_allclose(layout.person[manager], layout.centre[team])


def test_places_do_not_hang_on_ties():
    one = from_arrays(4, [0, 1], [1, 0])
    quiet = np.zeros(4)
    np.testing.assert_array_equal(lay_out(one, quiet).person, lay_out(one, quiet + 1).person)


@pytest.mark.parametrize(("n_people", "said"), [(1, "1 person, 1 team"), (3_200, "3,200 people")])
def test_small_and_large_are_drawn(n_people, said):
    figure = organisation_figure(template(n_people, seed=1))
    assert figure.texts[1].get_text().startswith(said)


def test_nothing_half_written_is_left(tmp_path):
    with pytest.raises(ValueError, match="not supported"):
        save_organisation_figure(template(5), tmp_path / "picture.xyz")
    assert list(tmp_path.iterdir()) == []
