"""The same by ``mesa.batch_run``: the model stepped agent by agent, on two processes."""

import sys

import mesa
import numpy as np

import sim

FIRM = sim.load_organisation("firm.yaml")


class Model(sim.UptakeModel):
    def __init__(self, draw, seed=None, rng=None):
        rng = np.random.default_rng(draw)  # batch_run varies in grids, and this is none
        own = {
            name: float(sim.PARAMETERS[name].prior.quantile(rng.random()))
            for name in ("b_expect", "b_norm", "b_able")
        }
        super().__init__(
            "everything", organisation=FIRM, engine="agents", parameters=own, rng=rng
        )  # fmt: skip


def main(points: int) -> int:
    rows = mesa.batch_run(
        Model, {"draw": range(points)}, number_processes=2, iterations=1,
        data_collection_period=-1, max_steps=52, display_progress=False,
    )  # fmt: skip
    return len(rows)


if __name__ == "__main__":
    print(main(int(sys.argv[1])))
