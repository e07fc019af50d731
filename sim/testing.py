"""What a plugin's own tests may ask of it: the checks that Uptake's own parts pass."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.interventions.base import Intervention, Part
from sim.interventions.timeline import CATALOGUE, wrong_with
from sim.organisation import Organisation

if TYPE_CHECKING:
    from sim.rules.catalogue import Rule


WEEKS = 8


def check_intervention(kind: type[Intervention], **levers: Any) -> None:
    """Check an intervention of an installed plugin.

    Its docstring and its levers are described; its parts are known effects; the engine and
    the agents give the same bits; with dose 0 nothing happens, and with its own dose something.
    **levers
        As a scenario file sets them; ``start=2`` where that is not among them.

    Raises AssertionError with what is wrong.
    """
    what = wrong_with(kind)
    assert not what, f"{kind.__name__} {what}"
    assert CATALOGUE.get(kind.kind) is kind, (
        f"{kind.kind!r} is not found: name {kind.__name__} under "
        '[project.entry-points."uptake.interventions"] and install the package'
    )
    given = {"start": 2, **levers}
    parts = kind.model_validate(given).parts()
    assert parts, f"{kind.__name__}.parts() is empty"
    assert all(isinstance(part, Part) for part in parts), "parts() gives a tuple of Part"
    base: list[dict[str, Any]] = [{"access": {"start": 1}}]
    with_it, none = (
        {"timeline": [*base, {kind.kind: {**given, **more}}]} for more in ({}, {"dose": 0})
    )
    without = check_parity({"timeline": base})
    assert np.array_equal(check_parity(none), without), "with dose 0 it does something"
    assert not np.array_equal(check_parity(with_it), without), "it does nothing in eight weeks"


def check_parity(
    scenario: Mapping[str, Any] | Path | str, *, organisation: str = "small-firm", seed: int = 1
) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Check that the compiled engine and the agents give the same bits.

    Returns the organisation's first weeks, shape (8, outcomes).

    The organisation is a small one: the agents are slow. Raises AssertionError with the first week
    and outcome that differ.
    """
    from sim.abm import UptakeModel
    from sim.outcomes import OUTCOMES

    found = []
    for engine in ("compiled", "agents"):
        model = UptakeModel(scenario, seed, organisation=organisation, weeks=WEEKS, engine=engine)
        model.run_model()
        found.append(model.weekly)
    differ = np.argwhere(found[0] != found[1])
    if len(differ):
        week, outcome = differ[0]
        raise AssertionError(f"week {week + 1}, {OUTCOMES[outcome].name}: engine and agents differ")
    return found[0]


def check_rule(name: str, *, draws: int = 2000) -> None:
    """Check a rule that an installed plugin replaces.

    It keeps to its declared range and directions on random arguments and at the ends of their
    domains; compiled code has the bits of Python; engine and agents give the same bits with it.

    By its name, which is that of the entry point, with so many ``draws`` of arguments. Raises
    AssertionError with the arguments for which something does not hold.
    """
    from sim import rules
    from sim.engine.replaced import check_compiled_in  # rules are replaced with it
    from sim.extensions import extensions

    assert any(one.name == name for one in extensions("uptake.rules")), (
        f'{name} is not found: name it under [project.entry-points."uptake.rules"] and install'
    )
    check_compiled_in()
    _check_function(name, rules.RULES[name], getattr(rules, name), draws)
    check_parity("everything")


def check_theory(name: str, *, draws: int = 2000, **settings: float) -> None:
    """Check a theory of take-up or of choice of an installed plugin.

    As ``check_rule`` does; and with it something else happens than with the model's own theory.

    By the name of its entry point, by which a scenario chooses it, with settings as a scenario file
    gives them; ``draws`` arguments are tried. Raises AssertionError with what does not hold.
    """
    from sim.compiler import register_jitable
    from sim.engine.replaced import check_compiled_in
    from sim.theories import SLOTS, TAKE_UP, theories

    found = [known[name] for decides in SLOTS if name in (known := theories(decides))]
    assert any(one.own for one in found), (
        f'{name} is not found: name it under [project.entry-points."uptake.decisions"] and install'
    )
    (theory,) = found
    check_compiled_in()
    _check_function(name, theory.declared, register_jitable(theory.function), draws)
    key = "takeup" if theory.decides == TAKE_UP else "choice"
    timeline = [{"access": {"start": 1}}, {"generic training": {"start": 2}}]
    with_it = check_parity({"decision": {key: {name: settings}}, "timeline": timeline})
    assert not np.array_equal(with_it, check_parity({"timeline": timeline})), (
        f"{name} decides as the model does in eight weeks"
    )


def _check_function(name: str, declared: Rule, function: Callable[..., Any], draws: int) -> None:
    """Check that a function keeps to what its docstring declares, compiled to the same bits."""
    from sim.compiler import numba

    call = ", ".join(inspect.signature(declared.function).parameters)
    spaces: dict[str, Any] = {"function": function}
    exec(f"def compiled({call}):\n    return function({call})", spaces)  # its own arguments
    compiled = numba.njit(error_model="numpy")(spaces["compiled"])
    rng = np.random.default_rng(1)
    for _ in range(draws):
        values = {
            argument: float(rng.choice([low, high, rng.uniform(low, high)]))
            for argument, (_, low, high) in declared.domain.items()
        }
        found = float(declared.function(**values))
        assert declared.low <= found <= declared.high, f"{name}({values}) is {found}"
        assert compiled(**values) == found, f"{name}({values}) differs where compiled"
        for argument, sign in (
            *((one, 1) for one in declared.rises),
            *((one, -1) for one in declared.falls),
        ):
            _, _, high = declared.domain[argument]
            more = {**values, argument: rng.uniform(values[argument], high)}
            change = sign * (float(declared.function(**more)) - found)
            assert change >= -1e-12 * max(abs(found), 1.0), f"{name}: {argument} from {values}"


def check_organisation(name: str) -> Organisation:
    """Check that an organisation of an installed plugin is found by its name, and loads.

    Raises InputError with everything wrong in its files; AssertionError where people are too few to
    say anything of teams.
    """
    from sim.runner import load_organisation

    organisation = load_organisation(name)
    assert organisation.n_people >= 5, f"{name} has fewer than five people"
    return organisation


def check_outcome(name: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Check an outcome of an installed plugin: it is found, and there for every replicate and week.

    Returns two replicates of a small firm, eight weeks long, shape (replicates, weeks).

    By the name of its entry point, by which it is asked for. Raises AssertionError where it is not
    found, or is not a number somewhere; InputError with what is wrong with it.
    """
    from sim.results.series import own_outcomes
    from sim.runner import run

    assert name in own_outcomes(), (
        f'{name} is not found: name it under [project.entry-points."uptake.outcomes"] and install'
    )
    results = run("everything", organisation="small-firm", replicates=2, weeks=WEEKS)
    found = results[name]
    assert np.isfinite(found).all(), f"{name} is not a number in some week"
    last = results.measure(f"{name}_w{WEEKS}")
    assert np.array_equal(last, found[..., -1]), f"{name}_w{WEEKS} is something else"
    return found[0, 0]


def check_importer(path: Path | str) -> Organisation:
    """Check that an installed plugin recognises a file, and that it comes in as an organisation.

    Raises AssertionError where no package recognises it; InputError with everything wrong in what
    it reads.
    """
    from sim.importing.sheets import is_recognised
    from sim.runner import load_organisation

    assert is_recognised(Path(path)), (
        f"no package recognises {path}: name yours under "
        '[project.entry-points."uptake.importers"] and install it'
    )
    return load_organisation(path)
