"""7 · Managers and informal leaders."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.contrast import estimate
from sim.interventions.audience import INFORMAL_LEADERS, MANAGERS
from sim.interventions.catalogue import CATALOGUE
from sim.report.document.numbers import change, interval, level, plain_share
from sim.report.document.report_data import ReportData

__all__ = ["leaders"]


def leaders(material: ReportData) -> dict[str, Any]:
    """Return what managers and informal leaders do, what goes with it, and what changes it."""
    results = material.results
    organisation = results.organisation
    last = np.stack([one.people[..., -1, :, 0] > 0 for one in material.recorded])
    rows = organisation.informal_leaders()
    others = np.setdiff1d(np.arange(organisation.n_people), rows)
    managers = np.flatnonzero(organisation.is_manager)
    plain = np.setdiff1d(others, managers)
    plans = [
        {
            "plan": plan,
            "name": results.names[plan],
            "managers": level(_over(last[plan][..., managers])),
            "leaders": level(_over(last[plan][..., rows])),
            "others": level(_over(last[plan][..., plain])),
            "with": level(_beside(material, last[plan], True)),
            "without": level(_beside(material, last[plan], False)),
        }
        for plan in range(len(results.names))
    ]
    heard = material.summary.informal_leaders
    return {
        "plans": plans,
        "week": results.weeks,
        "replicates": last[0, ..., 0].size,
        "n_managers": len(managers),
        "n_leaders": len(rows),
        "attention": plain_share(_attention(material, rows)),
        "attention_managers": plain_share(_attention(material, managers)),
        "listeners": [int(one.listeners) for one in heard],
        "changes": [
            {"said": one.change.said, "level": level(one.level), "change": change(one.effect),
             "interval": interval(one.effect)}
            for one in material.causes.everyone.ranked
            if CATALOGUE[one.change.kind].model_fields.get("audience") is not None
            and any(
                CATALOGUE[one.change.kind].model_fields["audience"].default is usual
                for usual in (MANAGERS, INFORMAL_LEADERS)
            )
        ],
        "leading": results.names[material.leading],
        "base": level(material.causes.everyone.base),
    }  # fmt: skip


def _over(used: NDArray[np.bool_]) -> Any:
    if used.shape[-1] == 0:
        return estimate(np.array([[np.nan]]))
    return estimate(used.mean(axis=-1))


def _beside(material: ReportData, used: NDArray[np.bool_], manager_uses: bool) -> Any:
    """Return use among reports whose manager used the tool that week, or did not, by replicate."""
    manager = material.results.organisation.people["manager"]
    led = np.flatnonzero(manager >= 0)
    of_manager = used[..., manager[led]] == manager_uses
    count = of_manager.sum(axis=-1)
    if not (count > 0).all():
        return estimate(np.array([[np.nan]]))
    return estimate((used[..., led] & of_manager).sum(axis=-1) / count)


def _attention(material: ReportData, rows: NDArray[np.int64]) -> float:
    ties = material.results.organisation.ties
    total = float(ties.weight.sum())
    got = float(ties.weight[np.isin(ties.target, rows)].sum())
    return got / total if total else float("nan")
