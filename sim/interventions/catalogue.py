"""All interventions and shocks by their name in a scenario file.

To add one: copy a class of this folder, give it a ``kind``, a docstring with the six
labels, levers as fields with bounds and descriptions, and ``parts``; name it below. The
scenario language, its JSON Schema, ``uptake interventions`` and the documents follow; the
engine does not change.
"""

from __future__ import annotations

import re

from sim.interventions.base import Intervention
from sim.interventions.conversations import (
    CapabilityConversation,
    IdentityConversation,
    LoyaltyConversation,
    RelationshipConversation,
)
from sim.interventions.management import (
    ManagerCoaching,
    PsychologicalSafetyRitual,
    ShowcaseEarlyAdopters,
)
from sim.interventions.policies import Access, JobSecurityAccount, Mandate, UsagePolicy
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
from sim.interventions.training import GenericTraining, RoleSpecificPractice

__all__ = ["CATALOGUE", "LABELS", "facts"]

CATALOGUE: dict[str, type[Intervention]] = {
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
        FirstAdopters,
    )
}
"""Every kind of intervention and shock, in the order of the documents."""

LABELS = ("Acts on", "Audience", "Timing", "Levers", "Cost", "Source")
"""What the docstring of an intervention says."""


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
