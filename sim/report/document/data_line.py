"""What was read of a client's organisation and what was missing, in a line that stays in sight."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from sim.numbers import share
from sim.state import STATE_VARIABLES, VISIBLE_VARIABLES

if TYPE_CHECKING:
    from sim.organisation.organisation import Organisation

__all__ = ["data_line"]


def data_line(organisation: Organisation, warnings: Sequence[str] = ()) -> str:
    """Return the line; empty where nobody is a real person.

    Parameters
    ----------
    warnings : sequence of str
        Of the run.
    """
    if organisation.made_up:
        return ""
    said = [f"{organisation.n_people:,} people and {organisation.n_ties:,} ties"]
    surveyed = [v.name for v in (*VISIBLE_VARIABLES, *STATE_VARIABLES) if v.surveyed]
    for name in surveyed:
        values = organisation.start_values.get(name)
        given = 0.0 if values is None else 1 - float(np.isnan(values).mean())
        if given > 0:
            said.append(f"{name.replace('_', ' ')} told by {share(given)}")
    said.append(
        "all else drawn by chance" if len(said) > 1 else "no survey: attitudes drawn by chance"
    )
    said += [f"{n.what} ({n.count})" if n.count > 1 else n.what for n in organisation.notes]
    return f"The data: {'; '.join([*said, *dict.fromkeys(warnings)])}."
