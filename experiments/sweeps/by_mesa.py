"""The same by ``mesa.batch_run``: the model stepped agent by agent."""

import sys

import mesa
import numpy as np

import sim


class Model(sim.UptakeModel):
    def __init__(self, b_trust, b_norm, b_able, seed=None, rng=None):
        own = {"b_trust": b_trust, "b_norm": b_norm, "b_able": b_able}
        super().__init__(
            "everything", organisation="firm.yaml", engine="agents", parameters=own, rng=rng
        )


def main(points: int) -> int:
    luck = np.random.default_rng(0)
    rows = []
    for _ in range(points):
        values = {
            name: [float(sim.PARAMETERS[name].prior.quantile(luck.random()))]
            for name in ("b_trust", "b_norm", "b_able")
        }
        rows += mesa.batch_run(
            Model, values, number_processes=1, iterations=1, data_collection_period=-1,
            max_steps=52, display_progress=False,
        )  # fmt: skip
    return len(rows)


if __name__ == "__main__":
    print(main(int(sys.argv[1])))
