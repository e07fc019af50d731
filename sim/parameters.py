"""Every parameter of the model, declared once.

A declaration feeds YAML validation, ``--set``, sweeps, calibration and the documents.
``source`` is a key of docs/evidence.md, or ASSUMPTION; ``low`` and ``high`` bound what is
plausible. A coefficient ``b_…`` is a weight in logits in the weekly choice. A prior is
wide: for a coefficient it reaches down to 0, where the mechanism does nothing.

A default is the value that its source gives; where the source is an ASSUMPTION, the median of
the calibrated sample, to three digits (``experiments/calibration/ship.py`` writes these, and
holds all together against the sample's sets): they answer the published targets as a typical
set does. Most are hardly known one by one; the sample says how little.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.arrays import Floats
from sim.errors import InputError, Problem, did_you_mean
from sim.priors import Prior

ASSUMPTION = "ASSUMPTION"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of the model.

    Parameters
    ----------
    value : float
        Default.
    low, high : float
        Plausible range, and the bounds that are accepted.
    prior : Prior
        What is held plausible inside the bounds; calibration starts from it.
    source : str
        Keys of the evidence table, or ``ASSUMPTION``.
    """

    name: str
    value: float
    low: float
    high: float
    prior: Prior
    unit: str
    source: str
    meaning: str


def _declare(*rows: tuple[str, float, float, float, str, str, str, str]) -> dict[str, Parameter]:
    return {
        name: Parameter(name, value, low, high, Prior.of(prior, low, high), *words)
        for name, value, low, high, prior, *words in rows
    }


PARAMETERS = _declare(
    # -- who people are at the start
    ("trust_start", 0.467, 0, 1, "uniform(0.25, 0.65)", "1",
     ASSUMPTION, "median private trust at the start"),
    ("fear_mistake_start", 0.464, 0, 1, "fixed", "1",
     ASSUMPTION, "median fear of visible mistakes"),
    ("fear_permission_start", 0.506, 0, 1, "fixed", "1",
     ASSUMPTION, "median fear of unclear permission"),
    ("fear_job_start", 0.497, 0, 1, "fixed", "1",
     "[HV25] [WTI24] ASSUMPTION", "median fear for the job"),
    ("fear_identity_start", 0.429, 0, 1, "fixed", "1",
     ASSUMPTION, "median fear for one's identity"),
    ("capability_start", 0.16, 0, 1, "fixed", "1",
     ASSUMPTION, "median capability at the start"),
    ("fit_start", 0.103, 0, 1, "fixed", "1", ASSUMPTION, "median fit at the start"),
    ("usefulness_start", 0.648, 0, 1, "uniform(0.35, 0.75)", "1",
     ASSUMPTION, "median expected usefulness"),
    ("readiness_start", 0.397, 0, 1, "uniform(0.15, 0.7)", "1",
     ASSUMPTION, "median readiness of managers"),
    ("climate_start", 0.409, 0, 1, "fixed", "1",
     ASSUMPTION, "median safety climate of a team"),
    ("start_spread", 0.887, 0, 3, "fixed", "logit",
     ASSUMPTION, "spread of start states between people"),
    ("values_spread", 0.544, 0, 1, "fixed", "1",
     ASSUMPTION, "how far values shift start states"),
    ("sigma_person", 2.3, 0, 4, "uniform(0.5, 2.5)", "logit",
     ASSUMPTION, "lasting differences between people"),
    ("sigma_team", 0.812, 0, 2, "uniform(0.1, 1.5)", "logit",
     "[Dillon25] ASSUMPTION", "lasting differences of teams"),
    # -- taking it into consideration
    ("considers_start", 0.0, 0, 1, "fixed", "1",
     ASSUMPTION, "share who consider the tool from the start"),
    ("takeup_alone", 0.052, 0, 1, "loguniform(0.003, 0.1)", "1/week",
     "[Gai25] ASSUMPTION", "hazard of beginning by oneself"),
    ("takeup_team", 0.115, 0, 5, "loguniform(0.01, 1)", "1/week",
     "[HV25] ASSUMPTION", "hazard by the share of the team seen using"),
    ("takeup_ties", 0.645, 0, 5, "loguniform(0.02, 5)", "1/week",
     "[HV25] ASSUMPTION", "hazard by the visible use of those one listens to"),
    ("takeup_appeal", 0.288, 0, 1, "uniform(0, 0.8)", "1",
     "[ChangJafri26] ASSUMPTION", "share of the tool's appeal that acts on the log hazard"),
    ("takeup_frailty", 0.4, 0, 2, "fixed", "1",
     ASSUMPTION, "variance of the lasting trait that multiplies the hazard"),
    ("takeup_standing", 0.3, 0, 1.5, "fixed", "log-hazard",
     ASSUMPTION, "earlier by a standard deviation of standing"),
    ("takeup_sigma_team", 0.5, 0, 2, "fixed", "log-hazard",
     ASSUMPTION, "differences of teams in the hazard"),
    ("takeup_sigma_firm", 0.5, 0, 2, "fixed", "log-hazard",
     "[Dillon25] ASSUMPTION", "differences of firms in the hazard"),
    ("takeup_memory", 1.0, 0, 1, "fixed", "1/week",
     ASSUMPTION, "how much of a group's effect is left after a week; 1: it lasts"),
    ("takeup_trend", 0.0, -4, 4, "fixed", "log-hazard",
     ASSUMPTION, "what time itself adds to the log hazard over the span"),
    ("takeup_span", 52.0, 1, 1040, "fixed", "week", ASSUMPTION, "span of the trend"),
    ("takeup_forget", 0.0199, 0, 1, "loguniform(0.005, 0.08)", "1/week",
     "[Nielsen] ASSUMPTION", "chance that who only considers forgets"),
    ("prompt_access", 0.0712, 0, 1, "loguniform(0.01, 0.12)", "1/dose",
     "[Dillon25] ASSUMPTION", "announced access makes a person consider the tool"),
    ("prompt_session", 0.363, 0, 1, "uniform(0.05, 0.7)", "1/dose",
     "[Train10] ASSUMPTION", "a session attended makes a person consider it"),
    ("prompt_example", 0.109, 0, 1, "fixed", "1/dose",
     "[Gallup26] ASSUMPTION", "an example from the own work, as far as accepted, does"),
    ("prompt_ritual", 0.02, 0, 1, "fixed", "1/dose",
     "[Slack24] ASSUMPTION", "a week's round in the team does"),
    ("prompt_ask", 0.2, 0, 1, "uniform(0.05, 0.5)", "1/dose",
     "[HBR26] ASSUMPTION", "a manager's ask, or a mandate, does in a week"),
    ("prompt_showcase", 0.1, 0, 1, "fixed", "1/dose",
     ASSUMPTION, "a week's showcase does, where all of a team are seen using"),
    # -- observation
    ("openness", 0.179, 0, 1, "uniform(0.05, 0.6)", "1",
     ASSUMPTION, "share of use seen where nobody shares"),
    ("peer_upward", 0.514, 0, 1, "fixed", "1",
     "[HBR26] ASSUMPTION", "weight of a superior as a peer"),
    ("champion_credibility", 0.5, 0, 1, "uniform(0.1, 1)", "1",
     ASSUMPTION, "credibility of a mandated champion"),
    # -- influence
    ("susceptibility", 0.591, 0, 1, "uniform(0.1, 0.9)", "1",
     ASSUMPTION, "weight of others against the anchor"),
    ("loss_aversion", 1.95, 1, 4, "uniform(1, 3)", "1",
     "[Slovic93] [Zhu23] ASSUMPTION", "bad news over good"),
    ("accustomed", 1.0, 0, 1, "fixed", "1",
     ASSUMPTION, "share of standing differences one is used to: 1 is a firm at rest"),
    # -- climate and managers
    ("climate_rate", 0.024, 0, 0.5, "fixed", "1/week",
     "[Frazier17] ASSUMPTION", "climate to readiness"),
    ("ritual_gain", 0.177, 0, 1, "uniform(0.02, 0.3)", "1/dose",
     "[Frazier17] ASSUMPTION", "climate by a weekly ritual"),
    ("punish_loss", 0.5, 0, 1, "fixed", "1/dose",
     ASSUMPTION, "climate lost by a punished mistake"),
    ("coach_gain", 0.472, 0, 1, "uniform(0.1, 0.9)", "1/dose",
     ASSUMPTION, "readiness gained by coaching"),
    ("readiness_rate", 0.00938, 0, 0.5, "fixed", "1/week",
     ASSUMPTION, "readiness to own confidence"),
    ("replace_loss", 0.3, 0, 1, "fixed", "1/dose",
     ASSUMPTION, "climate lost when a manager leaves"),
    # -- choice
    ("b_0", -1.92, -8, 2, "uniform(-6, 2)", "logit",
     ASSUMPTION, "sanctioned use, everything else at zero"),
    ("b_expect", 3.33, 0, 8, "uniform(0, 6)", "logit",
     "[ChangJafri26] ASSUMPTION", "perceived usefulness"),
    ("b_able", 4.78, 0, 12, "uniform(0, 10)", "logit",
     "[Gallup26] [ChangJafri26] ASSUMPTION", "benefit of a use"),
    ("b_effort", 2.03, 0, 8, "fixed", "logit",
     "[ChangJafri26] [Train10] ASSUMPTION", "effort expected: knowing how a tool works"),
    ("b_fit", 2.42, 0, 8, "uniform(0, 4)", "logit",
     "[Gallup26] ASSUMPTION", "knowing how a tool helps with one's own work"),
    ("b_norm", 1.26, 0, 8, "uniform(0, 5)", "logit",
     "[HV25] [ChangJafri26] ASSUMPTION", "visible norm"),
    ("b_manager", 1.17, 0, 6, "uniform(0, 4)", "logit",
     "[Gallup26] ASSUMPTION", "manager signal, from -1 to 1"),
    ("b_trust", 2.16, 0, 6, "fixed", "logit", "[ChangJafri26] ASSUMPTION", "trust"),
    ("b_habit", 0.979, 0, 8, "uniform(0, 5)", "logit", ASSUMPTION, "habit"),
    ("b_novelty", 2.34, 0, 4, "uniform(0, 3)", "logit", "[Patriot24] ASSUMPTION", "novelty"),
    ("b_job", 0.804, 0, 4, "uniform(0, 2.5)", "logit",
     "[JiangLavaysse18] [HV25] ASSUMPTION", "job fear"),
    ("b_mistake", 1.17, 0, 4, "uniform(0, 3)", "logit",
     "[Almog25] [Slack24] ASSUMPTION", "fear of mistakes"),
    ("b_permission", 1.43, 0, 4, "uniform(0, 3)", "logit",
     "[HV25] ASSUMPTION", "fear of unclear permission"),
    ("b_identity", 0.804, 0, 4, "fixed", "logit", ASSUMPTION, "identity fear"),
    ("b_cynicism", 1.52, 0, 4, "uniform(0, 3)", "logit", ASSUMPTION, "cynicism"),
    ("b_first", 1.19, 0, 6, "uniform(0.5, 4)", "logit",
     "[FaderHardie04] ASSUMPTION", "barrier of the first use"),
    ("first_fade", 0.7, 0, 3, "fixed", "1/week",
     "[FaderHardie04]", "how fast it fades with weeks of use"),
    ("b_compelled", 1.0, 0, 6, "uniform(0, 3)", "logit", ASSUMPTION, "mandate while enforced"),
    ("b_own_0", -5.67, -40, 2, "uniform(-9, -1)", "logit",
     "[WTI24] ASSUMPTION", "own tools, all else at zero"),
    ("b_own_expect", 2.33, 0, 8, "fixed", "logit",
     ASSUMPTION, "own tools: perceived usefulness"),
    ("b_own_able", 3.34, 0, 12, "fixed", "logit",
     ASSUMPTION, "own tools: benefit of a use"),
    ("b_own_norm", 1.91, 0, 8, "uniform(0, 3)", "logit",
     ASSUMPTION, "own tools: use among close ties"),
    ("b_own_seen", 3.81, 0, 10, "fixed", "logit",
     "[HV25] ASSUMPTION", "own tools: use that others show, for those without access"),
    ("b_own_habit", 0.979, 0, 8, "fixed", "logit", ASSUMPTION, "own tools: habit"),
    ("b_own_novelty", 1.4, 0, 4, "fixed", "logit", ASSUMPTION, "own tools: novelty"),
    ("b_own_growth", 1.01, 0, 4, "fixed", "logit",
     ASSUMPTION, "own tools: value of personal growth"),
    ("b_own_permission", 2.86, 0, 8, "fixed", "logit",
     "[BCG25] ASSUMPTION", "own tools: permission fear"),
    ("own_rivalry", 0.57, 0, 1, "uniform(0, 1)", "1",
     "[WTI24] ASSUMPTION", "how far a day with the sanctioned tool takes an own tool's place"),
    ("values_weight", 0.314, 0, 1, "fixed", "1",
     ASSUMPTION, "how far values moderate a coefficient"),
    ("fit_floor", 0.406, 0, 1, "fixed", "1",
     "[Gallup26] ASSUMPTION", "share of capability without fit"),
    # -- experience and learning
    ("tool_quality", 0.536, 0, 1, "uniform(0.4, 0.95)", "1",
     ASSUMPTION, "chance that an unskilled use goes well"),
    ("benefit_half", 0.147, 0.01, 1, "loguniform(0.04, 0.4)", "1",
     ASSUMPTION, "benefit felt as half useful"),
    ("experience_rate", 0.151, 0, 1, "loguniform(0.03, 0.5)", "1/week",
     "[Kumar25] [Patriot24] ASSUMPTION", "usefulness toward real benefit, by daily use"),
    ("hearsay_rate", 0.0904, 0, 1, "fixed", "1/week",
     ASSUMPTION, "usefulness toward what users report"),
    ("practice_gain", 0.0389, 0, 1, "loguniform(0.015, 0.15)", "1/week",
     ASSUMPTION, "capability by a week of success"),
    ("practice_fit", 0.0273, 0, 1, "fixed", "1/week",
     ASSUMPTION, "fit by a week of success"),
    ("success_trust", 0.00479, 0, 0.2, "fixed", "1/week",
     ASSUMPTION, "private trust by success"),
    ("success_relief", 0.0467, 0, 1, "fixed", "1/week",
     ASSUMPTION, "fears that fall with success"),
    ("failure_fear", 0.0908, 0, 1, "fixed", "1/week",
     ASSUMPTION, "fear of mistakes by visible failure"),
    ("failure_spill", 0.0159, 0, 1, "fixed", "1/week",
     ASSUMPTION, "the same in those who saw it"),
    ("training_gain", 0.34, 0, 2, "uniform(0.1, 1)", "1/dose",
     "[Train10] [BCG25] ASSUMPTION", "capability"),
    ("training_fit", 0.34, 0, 2, "fixed", "1/dose",
     "[Gallup26] ASSUMPTION", "fit, at full relevance"),
    ("training_cynicism", 0.235, 0, 1, "uniform(0, 0.5)", "1/dose",
     "[Gartner] ASSUMPTION", "by irrelevance"),
    ("training_fatigue", 0.709, 0, 3, "fixed", "1/training",
     "[Gartner] ASSUMPTION", "by repetition"),
    ("readiness_trust", 0.485, 0, 1, "uniform(0, 0.9)", "1",
     "[Blume10] [Colquitt00] ASSUMPTION", "share of readiness to learn that hangs on trust"),
    ("readiness_fear", 0.388, 0, 1, "fixed", "1",
     "[Blume10] [Colquitt00] ASSUMPTION", "share of readiness to learn that fears take away"),
    ("forgetting", math.log(2) / 48, 0, 0.1, "fixed", "1/week",
     "[Tatel25]", "loss without use"),
    ("proficient_at", 0.5, 0, 1, "fixed", "1", ASSUMPTION, "capability counted as proficient"),
    # -- habit, novelty, cynicism
    ("habit_rate", math.log(20) * 7 / 66, 0.05, 1.2, "fixed", "1/week",
     "[Lally10]", "habit, daily use"),
    ("habit_decay", 0.0599, 0, 0.5, "fixed", "1/week",
     ASSUMPTION, "habit lost in a week without use"),
    ("novelty_fade", 0.10, 0, 1, "fixed", "1/week",
     "[Patriot24]", "novelty lost a week"),
    ("novelty_sight", 0.0259, 0, 1, "fixed", "1",
     ASSUMPTION, "visible norm that first arouses curiosity"),
    ("cynicism_fade", 0.0229, 0, 1, "fixed", "1/week",
     ASSUMPTION, "cynicism lost a week"),
    # -- messages and shocks
    ("message_floor", 0.328, 0, 1, "fixed", "1",
     ASSUMPTION, "acceptance of plain words without trust"),
    ("message_trust", 0.36, 0, 1, "uniform(0.05, 0.9)", "1/dose",
     ASSUMPTION, "trust by a loyalty conversation"),
    ("message_job", 0.324, 0, 1, "fixed", "1/dose",
     ASSUMPTION, "job fear by a message about jobs"),
    ("message_identity", 0.36, 0, 1, "fixed", "1/dose",
     ASSUMPTION, "identity fear by a conversation"),
    ("message_fit", 0.15, 0, 1, "fixed", "1/dose",
     ASSUMPTION, "fit by a specific example"),
    ("policy_relief", 0.646, 0, 1, "fixed", "1/dose",
     "[HV25] ASSUMPTION", "permission fear by a policy"),
    ("mandate_cynicism", 0.05, 0, 1, "fixed", "1/dose",
     "[HBR26] ASSUMPTION", "cynicism by a mandate"),
    ("alarm_job", 0.25, 0, 1, "uniform(0.05, 0.45)", "1/dose",
     "[JiangLavaysse18] ASSUMPTION", "job fear by a shock, before loss aversion"),
    ("alarm_mistake", 0.25, 0, 1, "fixed", "1/dose",
     ASSUMPTION, "fear by a public mistake, before loss aversion"),
    ("broken_trust", 0.2, 0, 1, "fixed", "1/dose",
     "[Slovic93] ASSUMPTION", "trust by a broken promise"),
    ("hearsay_media", 0.338, 0, 1, "fixed", "1/dose",
     "[HVPNAS25] ASSUMPTION", "usefulness by the media"),
    # -- records
    ("actions_per_day", 4.0, 0, 50, "fixed", "1/day",
     "[Viva] ASSUMPTION", "actions on a day of use"),
    # -- baseline decisions
    ("threshold_mean", 0.25, 0, 1e6, "fixed", "1",
     ASSUMPTION, "threshold, share or count of adopters"),
    ("threshold_sd", 0.0, 0, 1e6, "fixed", "1", ASSUMPTION, "its spread between people"),
    ("bass_p", 0.03, 0, 1, "fixed", "1/week", ASSUMPTION, "innovation (decision: bass)"),
    ("bass_q", 0.38, 0, 2, "fixed", "1/week", ASSUMPTION, "imitation (decision: bass)"),
)  # fmt: skip
"""All parameters by name."""

MECHANISMS: dict[str, dict[str, float]] = {
    "differences": {"start_spread": 0, "values_spread": 0, "sigma_person": 0, "sigma_team": 0},
    "values": {"values_weight": 0, "values_spread": 0},
    "norm": {"b_norm": 0, "b_own_norm": 0, "b_own_seen": 0},
    "take_up": {"considers_start": 1, "takeup_forget": 0},
    "contagion": {"takeup_team": 0, "takeup_ties": 0},
    "appeal": {"takeup_appeal": 0},
    "frailty": {"takeup_frailty": 0},
    "standing": {"takeup_standing": 0},
    "group_effects": {"takeup_sigma_team": 0, "takeup_sigma_firm": 0},
    "prompts": {
        "prompt_access": 0,
        "prompt_session": 0,
        "prompt_example": 0,
        "prompt_ritual": 0,
        "prompt_ask": 0,
        "prompt_showcase": 0,
    },
    "first_use": {"b_first": 0},
    "influence": {"susceptibility": 0},
    "at_rest": {"accustomed": 0},
    "loss_aversion": {"loss_aversion": 1},
    "climate": {"climate_rate": 0, "ritual_gain": 0, "punish_loss": 0, "replace_loss": 0},
    "manager": {"b_manager": 0, "climate_rate": 0, "readiness_rate": 0},
    "trust": {"b_trust": 0, "readiness_trust": 0},
    "job_fear": {"b_job": 0},
    "mistake_fear": {"b_mistake": 0},
    "permission_fear": {"b_permission": 0, "b_own_permission": 0},
    "identity_fear": {"b_identity": 0},
    "own_tools": {"b_own_0": -40},
    "usefulness": {"b_expect": 0, "b_own_expect": 0},
    "know_how": {"b_effort": 0, "b_fit": 0},
    "experience": {
        "experience_rate": 0,
        "success_trust": 0,
        "success_relief": 0,
        "failure_fear": 0,
        "failure_spill": 0,
    },
    "hearsay": {"hearsay_rate": 0, "hearsay_media": 0},
    "practice": {"practice_gain": 0, "practice_fit": 0},
    "training": {"training_gain": 0, "training_fit": 0, "training_cynicism": 0},
    "readiness_to_learn": {"readiness_trust": 0, "readiness_fear": 0},
    "forgetting": {"forgetting": 0},
    "habit": {"b_habit": 0, "b_own_habit": 0},
    "novelty": {"b_novelty": 0, "b_own_novelty": 0},
    "cynicism": {
        "b_cynicism": 0,
        "training_cynicism": 0,
        "training_fatigue": 0,
        "mandate_cynicism": 0,
    },
    "messages": {
        "message_trust": 0,
        "message_job": 0,
        "message_identity": 0,
        "message_fit": 0,
        "policy_relief": 0,
    },
    "mandates": {"b_compelled": 0, "mandate_cynicism": 0},
    "shocks": {"alarm_job": 0, "alarm_mistake": 0, "broken_trust": 0},
}
"""Every mechanism that a scenario can switch off, as the values that make it do nothing."""

TIED: dict[str, tuple[str, float]] = {
    "b_trust": ("b_expect", 0.65),
    "b_effort": ("b_expect", 0.61),
    "b_identity": ("b_job", 1.0),
    "b_own_expect": ("b_expect", 0.7),
    "b_own_able": ("b_able", 0.7),
    "b_own_habit": ("b_habit", 1.0),
    "b_own_novelty": ("b_novelty", 0.6),
    "b_own_seen": ("b_own_norm", 2.0),
    "b_own_permission": ("b_permission", 2.0),
    "prompt_example": ("prompt_session", 0.3),
    "practice_fit": ("practice_gain", 0.7),
    "hearsay_rate": ("experience_rate", 0.6),
    "training_fit": ("training_gain", 1.0),
    "readiness_fear": ("readiness_trust", 0.8),
    "message_job": ("message_trust", 0.9),
    "message_identity": ("message_trust", 1.0),
    "alarm_mistake": ("alarm_job", 1.0),
}
"""Parameters that figures identify only together with another: where that is in doubt, they are
this many times as large. ``b_trust`` and ``b_effort``: trust .37 and effort .35 beside usefulness
.57 [ChangJafri26]; all other ratios are ASSUMPTION."""

PARAMETER_DTYPE = np.dtype([(name, np.float64) for name in PARAMETERS])
"""One row is a complete set of parameters."""


def prior_of(name: str) -> str:
    """Return what is held plausible of a parameter, in words: its prior, or what it is tied to.

    Examples
    --------
    >>> prior_of("b_identity"), prior_of("b_job")
    ('1 × b_job', 'uniform(0, 2.5)')
    """
    if name in TIED:
        base, ratio = TIED[name]
        return f"{ratio:g} × {base}"
    return str(PARAMETERS[name].prior)


def with_tied(columns: Mapping[str, Floats]) -> dict[str, Floats]:
    """Return values of parameters with those that are tied to them, where these are not given.

    Examples
    --------
    >>> float(with_tied({"b_job": np.array([2.0])})["b_identity"][0])
    2.0
    """
    tied = {
        name: np.clip(ratio * columns[base], PARAMETERS[name].low, PARAMETERS[name].high)
        for name, (base, ratio) in TIED.items()
        if base in columns and name not in columns
    }
    return {**columns, **tied}


def problems_of_parameter(name: str, value: float) -> tuple[str, str] | None:
    """Return what is wrong with a parameter's value and what would be right, or None."""
    if name not in PARAMETERS:
        return "is not a parameter", did_you_mean(name, list(PARAMETERS))
    parameter = PARAMETERS[name]
    if not parameter.low <= value <= parameter.high:
        return f"is {value:g}", f"{parameter.low:g} to {parameter.high:g} ({parameter.meaning})"
    return None


def parameter_rows(
    overrides: Mapping[str, float | Floats] | None = None,
    off: Iterable[str] = (),
    n: int = 1,
    base: NDArray[np.void] | None = None,
) -> NDArray[np.void]:
    """Return complete parameter sets: defaults, overridden, with mechanisms switched off.

    Parameters
    ----------
    overrides : mapping of str to float or array of shape (n,)
        Values by name of parameter.
    off : iterable of str
        Names of ``MECHANISMS`` to switch off; they win over ``overrides``.
    n : int
        Number of sets.
    base : structured array of ``PARAMETER_DTYPE``, shape (n,), optional
        Sets to start from in place of the defaults.

    Returns
    -------
    structured array of ``PARAMETER_DTYPE``, shape (n,)

    Raises
    ------
    InputError
        For a name that does not exist and a value outside its range, all at once.

    Examples
    --------
    >>> rows = parameter_rows({"b_trust": 2.0}, off=["norm"])
    >>> float(rows["b_trust"][0]), float(rows["b_norm"][0])
    (2.0, 0.0)
    """
    overrides = overrides or {}
    problems = [
        Problem("parameters", name, *wrong)
        for name, values in overrides.items()
        for value in np.atleast_1d(values)
        if (wrong := problems_of_parameter(name, float(value)))
    ]
    problems += [
        Problem("mechanisms", name, "is not a mechanism", did_you_mean(name, list(MECHANISMS)))
        for name in off
        if name not in MECHANISMS
    ]
    if problems:
        raise InputError(problems)
    rows = np.zeros(n, PARAMETER_DTYPE)
    for name, parameter in PARAMETERS.items():
        start = parameter.value if base is None else base[name]
        rows[name] = overrides.get(name, start)
    for mechanism in off:
        for name, neutral in MECHANISMS[mechanism].items():
            rows[name] = neutral
    return rows
