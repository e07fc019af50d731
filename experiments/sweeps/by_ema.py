"""The same by the EMA workbench, driving ``sim.run``: the compiled engine, a run a call."""

import sys

from ema_workbench import (
    Model,
    MultiprocessingEvaluator,
    RealParameter,
    ScalarOutcome,
)

import sim


def model(b_expect, b_norm, b_able):
    own = {"b_expect": b_expect, "b_norm": b_norm, "b_able": b_able}
    run = sim.run(
        "everything", organisation=FIRM, parameters=own, replicates=1, threads=1,
        record_teams=False,
    )  # fmt: skip
    return {
        "habitual": float(run["habitual"][0, 0, 0, -1]),
        "weekly_users": float(run["weekly_users"][0, 0, 0, -1]),
    }


FIRM = sim.load_organisation("firm.yaml")


def main(points: int) -> int:
    uptake = Model("uptake", function=model)
    priors = {name: sim.PARAMETERS[name].prior for name in ("b_expect", "b_norm", "b_able")}
    uptake.uncertainties = [
        RealParameter(name, float(p.quantile(0.0)), float(p.quantile(1.0)))
        for name, p in priors.items()
    ]
    uptake.outcomes = [ScalarOutcome("habitual"), ScalarOutcome("weekly_users")]
    with MultiprocessingEvaluator(uptake, n_processes=2) as evaluator:
        experiments, _ = evaluator.perform_experiments(scenarios=points)
    return len(experiments)


if __name__ == "__main__":
    print(main(int(sys.argv[1])))
