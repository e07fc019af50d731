"""How far use can be seen."""

from __future__ import annotations

from sim.rules.catalogue import rule
from sim.rules.workweek import WORKDAY

__all__ = ["use_seen", "visible_share"]


@rule
def visible_share(climate: float, fear_mistake: float, showcased: float, openness: float) -> float:
    """Share of a person's use that others can see: it is shared where that is safe.

    Equation : v = o + (1 - o) · S · (1 - F);  v' = v + s · (1 - v)
    Units    : climate 1 [0, 1]; fear_mistake 1 [0, 1]; showcased 1 [0, 1]; openness 1 [0,
               1]
    Range    : [0, 1]
    Monotone : rises with climate, showcased, openness; falls with fear_mistake
    Source   : [Almog25] [KPMG25] that fear hides use; ASSUMPTION: the form
    """
    shared = openness + (1.0 - openness) * climate * (1.0 - fear_mistake)
    return shared + showcased * (1.0 - shared)


@rule
def use_seen(days: float, visible: float, credibility: float) -> float:
    """Use that others see, as a share of the week.

    Equation : u = κ · v · d / 5
    Units    : days days/week [0, 5]; visible 1 [0, 1]; credibility 1 [0, 1]
    Range    : [0, 1]
    Monotone : rises with days, visible, credibility
    Source   : [HBR26]
    """
    return credibility * visible * days * WORKDAY
