"""The catalogue of rules: every docstring declares what its function takes and gives."""

from __future__ import annotations

import inspect

import pytest

from sim import rules
from sim.rules import RULES, rule

NAMES = RULES.names()


def test_every_public_rule_is_in_the_catalogue() -> None:
    functions = {name for name, one in vars(rules).items() if inspect.isfunction(one)}
    assert functions - {"rule", "draws", "parsed"} == set(NAMES)
    assert len(NAMES) >= 40


@pytest.mark.parametrize("name", NAMES)
def test_declaration_matches_the_function(name: str) -> None:
    one = RULES[name]
    arguments = list(inspect.signature(one.function).parameters)
    assert list(one.domain) == arguments
    assert set(one.rises) <= set(arguments)
    assert set(one.falls) <= set(arguments) - set(one.rises)
    assert one.low < one.high
    assert all(low < high for _, low, high in one.domain.values())
    assert one.equation
    assert one.source
    assert one.summary[-1] == "."


@pytest.mark.parametrize("name", NAMES)
def test_every_rule_has_type_hints(name: str) -> None:
    hints = inspect.signature(RULES[name].function)
    assert all(p.annotation is not inspect.Parameter.empty for p in hints.parameters.values())
    assert hints.return_annotation is not inspect.Signature.empty


def test_a_rule_without_its_labels_is_refused() -> None:
    @rule
    def unlabelled(x: float) -> float:
        """Say nothing."""
        return x

    from sim.rules.catalogue import _FUNCTIONS

    try:
        with pytest.raises(ValueError, match="rule unlabelled: no Equation, Monotone, Range"):
            _ = RULES["unlabelled"]
    finally:
        del _FUNCTIONS["unlabelled"]


def test_an_unknown_rule() -> None:
    with pytest.raises(KeyError):
        _ = RULES["telepathy"]
