"""What Uptake asks of a rule that takes the place of its own."""

from sim.testing import check_rule


def test_it_is_a_rule() -> None:
    check_rule("hazard_of_beginning")
