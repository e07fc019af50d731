"""What is said when input is wrong."""

from __future__ import annotations

from sim.errors import InputError, Problem, UptakeError, did_you_mean


def test_a_problem_in_a_line() -> None:
    problem = Problem("a.yaml:3:9", "timeline[2].dose", "is -1", "0 to 5")
    assert str(problem) == "a.yaml:3:9 timeline[2].dose: is -1 — 0 to 5"
    assert str(Problem("a.csv", "", "is empty", "a header line")).startswith("a.csv: is empty")
    assert str(Problem("", "weeks", "is 0", "1 or more")).startswith("weeks: ")


def test_all_problems_in_lines() -> None:
    error = InputError(Problem("f", "", f"what {i}", "right") for i in range(3))
    assert isinstance(error, UptakeError)
    assert error.exit_code == 2
    assert len(error.problems) == 3
    assert str(error).splitlines() == [f"f: what {i} — right" for i in range(3)]


def test_near_misses() -> None:
    assert did_you_mean("acess", ["access", "mandate"]) == "did you mean access?"
    assert did_you_mean("zebra", ["access", "mandate"]) == "one of access, mandate"
