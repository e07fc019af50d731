"""All interventions and shocks by their name in a scenario file.

To add one: copy a class of this folder, give it a ``kind``, a docstring with the six
labels, levers as fields with bounds and descriptions, and ``parts``; name it below. The
scenario language, its JSON Schema, ``uptake interventions`` and the documents follow; the
engine does not change.
"""

from __future__ import annotations

import re
from collections import UserDict
from collections.abc import Container
from functools import cache
from typing import Any

from sim.extensions import Extension, extensions, take_each
from sim.interventions.activities import (
    Access,
    CapabilityConversation,
    GenericTraining,
    IdentityConversation,
    JobSecurityAccount,
    LoyaltyConversation,
    ManagerCoaching,
    Mandate,
    PsychologicalSafetyRitual,
    RelationshipConversation,
    RoleSpecificPractice,
    ShowcaseEarlyAdopters,
    UsagePolicy,
)
from sim.interventions.base import Intervention
from sim.interventions.shocks import (
    BrokenPromise,
    FirstAdopters,
    Layoff,
    LayoffRumour,
    ManagerLeaves,
    MediaWave,
    OutsidePush,
    PublicMistake,
    ToolFails,
    ToolImproves,
)
from sim.interventions.staffing import Joins, Leaves, TiesChange

__all__ = ["CATALOGUE", "LABELS", "SHIPPED", "facts", "wrong_with"]

SHIPPED: dict[str, type[Intervention]] = {
    intervention.kind: intervention
    for intervention in (
        LoyaltyConversation,
        IdentityConversation,
        RelationshipConversation,
        CapabilityConversation,
        GenericTraining,
        RoleSpecificPractice,
        PsychologicalSafetyRitual,
        ManagerCoaching,
        ShowcaseEarlyAdopters,
        Access,
        UsagePolicy,
        JobSecurityAccount,
        Mandate,
        LayoffRumour,
        Layoff,
        BrokenPromise,
        PublicMistake,
        MediaWave,
        OutsidePush,
        ToolImproves,
        ToolFails,
        ManagerLeaves,
        Joins,
        Leaves,
        TiesChange,
        FirstAdopters,
    )
}
"""Every kind that Uptake brings, in the order of the documents."""

LABELS = ("Acts on", "Audience", "Timing", "Levers", "Cost", "Source")
"""What the docstring of an intervention says."""

_KIND = re.compile(r"[a-z][a-z-]*( [a-z-]+)*")


class Catalogue(UserDict[str, type[Intervention]]):
    """Kinds by name: those that Uptake brings, then those of plugins, read when first asked for.

    Raises
    ------
    InputError
        When it is first read, with everything wrong in the plugins' interventions.
    """

    def __init__(self) -> None:
        """Read nothing yet."""

    @property
    def data(self) -> dict[str, type[Intervention]]:  # type: ignore[override]
        """All kinds."""
        return _all_kinds(extensions("uptake.interventions"))


@cache
def _all_kinds(offered: tuple[Extension, ...]) -> dict[str, type[Intervention]]:
    kinds = dict(SHIPPED)

    def take(_: Extension, one: Any) -> str:
        if not (what := wrong_with(one, kinds)):
            kinds[one.kind] = one
        return what

    take_each(offered, take)
    return kinds


def wrong_with(one: object, others: Container[str] = ()) -> str:
    """Return why something is no intervention that can stand in the catalogue; empty if it can.

    Parameters
    ----------
    others : container of str
        Kinds that are taken.
    """
    if not (isinstance(one, type) and issubclass(one, Intervention)):
        return "is no class of sim.interventions.base.Activity or Shock"
    if not _KIND.fullmatch(one.kind):
        return f"has the kind {one.kind!r}, not lower-case words such as 'lunch talk'"
    if one.kind in others:
        return f"has the kind {one.kind!r}, which is there already"
    if missing := [label for label in LABELS if not facts(one).get(label)]:
        return f"has a docstring without {', '.join(missing)}"
    if bare := [n for n, field in one.model_fields.items() if not field.description]:
        return f"has levers without a description: {', '.join(bare)}"
    return ""


CATALOGUE = Catalogue()
"""Every kind of intervention and shock, those of plugins included."""


def facts(intervention: type[Intervention]) -> dict[str, str]:
    """Return the summary and the labelled lines of an intervention's docstring.

    Examples
    --------
    >>> facts(CATALOGUE["access"])["Acts on"]
    'access; novelty at the first access; a prompt to consider the tool'
    """
    summary, _, rest = (intervention.__doc__ or "").partition("\n\n")
    found = {"Summary": " ".join(summary.split())}
    label = ""
    for line in rest.splitlines():
        if match := re.match(r"\s*([A-Z][a-z]+(?: on)?)\s*: (.*)", line):
            label = match[1]
            found[label] = match[2].strip()
        elif label and line.strip():
            found[label] += " " + line.strip()
    return found
