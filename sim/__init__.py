"""Uptake: rehearse an AI rollout before people live through it.

The public names are imported when they are first used, so that ``import sim`` is quick.

>>> import sim
>>> both = sim.compare(["training-first", "trust-before-tools"], replicates=2, weeks=8)
>>> both["habitual"].shape
(2, 1, 2, 8)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.abm import UptakeModel as UptakeModel
    from sim.analysis.sweep import Study as Study
    from sim.analysis.sweep import sweep as sweep
    from sim.errors import InputError as InputError
    from sim.organisation import Organisation as Organisation
    from sim.parameters import PARAMETERS as PARAMETERS
    from sim.results import Comparison as Comparison
    from sim.results import Results as Results
    from sim.runner import compare as compare
    from sim.runner import load_organisation as load_organisation
    from sim.runner import load_scenario as load_scenario
    from sim.runner import run as run
    from sim.scenario import Scenario as Scenario

    __version__: str

_HOMES = {
    "PARAMETERS": "sim.parameters", "Comparison": "sim.results", "InputError": "sim.errors",
    "Organisation": "sim.organisation", "Results": "sim.results", "Scenario": "sim.scenario",
    "Study": "sim.analysis.sweep", "UptakeModel": "sim.abm", "compare": "sim.runner",
    "load_organisation": "sim.runner", "load_scenario": "sim.runner", "run": "sim.runner",
    "sweep": "sim.analysis.sweep",
}  # fmt: skip

_NEEDS = {"Study": "study", "sweep": "study"}
"""Extras of the installation that a name cannot do without; see ``sim.extensions``."""

__all__ = sorted((*_HOMES, "__version__"))


def __getattr__(name: str) -> object:
    if name == "__version__":
        from sim.extensions import uptake_version

        return uptake_version()
    if name not in _HOMES:
        raise AttributeError(f"module 'sim' has no attribute {name!r}")
    if name in _NEEDS:
        from sim.extensions import need

        need(_NEEDS[name], where=f"sim.{name}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
