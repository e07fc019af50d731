"""A study on the grid of its design, as an xarray dataset."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.analysis.sweep.factors import LEVERS_OF_A_CELL
from sim.errors import InputError, Problem
from sim.extras import need

if TYPE_CHECKING:
    import xarray as xr

    from sim.analysis.sweep.study import Study

__all__ = ["dataset"]


def dataset(study: Study, table: str = "runs") -> xr.Dataset:
    """Return outcomes with a dimension for each thing varied, and one for the replicate.

    Parameters
    ----------
    table : {"runs", "weeks"}
        Weeks add a dimension.

    Returns
    -------
    xarray.Dataset
        NaN where a run is missing. Scenario and organisation are dimensions where there is
        more than one.

    Raises
    ------
    InputError
        Where the points do not fill a grid, or xarray is not installed.
    """
    need("xarray", where="a study as xarray")
    import xarray as xr

    frame = study.frame("runs")
    chosen = [name for name in LEVERS_OF_A_CELL if frame[name].nunique() > 1]
    names = [name for name in study.factors if name not in LEVERS_OF_A_CELL]
    keys = [*names, *chosen, "replicate"]
    axes, codes = [], []
    for name in keys:
        values, inverse = np.unique(frame[name].to_numpy(), return_inverse=True)
        axes.append(values)
        codes.append(inverse)
    shape = tuple(len(axis) for axis in axes)
    cells = int(np.prod(shape[:-1]))
    there = len(frame[keys[:-1]].drop_duplicates()) if keys[:-1] else 1
    planned = study.plan.num_rows
    if there != cells or planned > int(np.prod(shape)):
        what = f"has {there} combinations of what varies, and a grid of them would have {cells}"
        right = "a full factorial design, or .frame()"
        raise InputError([Problem(str(study.folder), "design", what, right)])
    flat = np.ravel_multi_index(tuple(codes), shape)
    meta = study.manifest["outcomes"]
    data: dict[str, Any] = {}
    coords: dict[str, Any] = dict(zip(keys, axes, strict=True))
    if table == "weeks":
        weeks = study.frame("weeks")
        n = study.manifest["weeks"]
        position = np.zeros(planned + 1, np.int64)
        position[frame["run"].to_numpy()] = flat
        row = position[weeks["run"].to_numpy()] * n + weeks["week"].to_numpy() - 1
        coords["week"] = np.arange(1, n + 1)
        for name in weeks.columns[2:]:
            values = np.full(int(np.prod(shape)) * n, np.nan)
            values[row] = weeks[name].to_numpy()
            data[name] = ([*keys, "week"], values.reshape(*shape, n))
        return xr.Dataset(data, coords=coords)
    for name in study.outcomes:
        values = np.full(int(np.prod(shape)), np.nan)
        values[flat] = frame[name].to_numpy()
        data[name] = (keys, values.reshape(shape), meta[name])
    return xr.Dataset(data, coords=coords, attrs={"study": study.name})
