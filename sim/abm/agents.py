"""People as Mesa agents, who can go through a week by themselves.

``Employee.step`` is the model to read: one person's week, rule by rule, in plain Python.
The compiled engine does the same to everybody at once, with the same bits.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from sim import rules
from sim.abm.view import PersonView
from sim.engine.memory import STANDING_STEPS
from sim.outcomes import DRIVERS, OUTCOMES
from sim.randomness import Stream
from sim.rules.numbers import WORKDAY, WORKDAYS
from sim.state import TIE_CLOSE, TIE_UPWARD, VALUE_STEPS, Flag
from sim.theories import CHOICE, LARGEST_ODDS, SLOTS, TAKE_UP, Decision

_UNIT, _BYTE, _STEP = 1.0 / VALUE_STEPS, 1.0 / 255.0, 1.0 / STANDING_STEPS


class Employee(PersonView):
    """A person: perceives, chooses and learns, week by week.

    The state, and what the timeline does to it, is in ``PersonView``.
    """

    @property
    def manager(self) -> Manager | None:
        """The manager, or None."""
        row = int(self.model.population.manager[self.row])
        return self.model.person(row) if row >= 0 else None

    @property
    def listens_to(self) -> list[Employee]:
        """The people this person has ties to."""
        ties = self.model.population
        targets = ties.tie_target[ties.tie_start[self.row] : ties.tie_start[self.row + 1]]
        return [self.model.person(int(target)) for target in targets]

    def step(self) -> None:
        """Simulate one week, from what everybody showed last week."""
        model = self.model
        p, before, after = model.parameters, model.visible_before, model.visible_after
        if self.has(Flag.AWAY):
            after[self.row] = 0
            self.barriers = (0.0,) * len(DRIVERS)
            return
        climate = self.climate

        # Observation and influence.
        heard_trust = heard_mistake = heard_job = 0.0
        norm = own_norm = hearsay = failure_near = could = 0.0
        ties = model.population
        first, last = int(ties.tie_start[self.row]), int(ties.tie_start[self.row + 1])
        for e in range(first, last):
            other = before[ties.tie_target[e]]
            weight, kind = float(ties.tie_weight[e]), int(ties.tie_flags[e])
            use_seen = float(other["use_seen"])
            heard_trust += weight * float(other["trust"])
            heard_mistake += weight * float(other["fear_mistake"])
            heard_job += weight * float(other["fear_job"])
            # 1 - (1 - x) is x but for its last bit: the engine holds 1 - x, and rounds so.
            peer = weight * (1.0 - (1.0 - p.peer_upward)) if kind & TIE_UPWARD else weight
            norm += peer * use_seen
            could += peer if model.person(int(ties.tie_target[e])).has(Flag.ACCESS) else 0.0
            hearsay += peer * float(other["report"])
            failure_near += peer * float(other["failure_seen"])
            own_norm += (weight if kind & TIE_CLOSE else 0.0) * float(other["own_use_seen"])
        if first == last:
            heard_trust, heard_mistake = self.trust_anchor, self.fear_mistake_anchor
            heard_job = self.fear_job_anchor
        said = before[self.row]
        trust = self._express(
            float(said["trust"]), self.trust_anchor, heard_trust, self.used_to_trust, -1.0
        )
        mistake = self._express(
            float(said["fear_mistake"]), self.fear_mistake_anchor, heard_mistake,
            self.used_to_mistake, 1.0,
        )  # fmt: skip
        job = self._express(
            float(said["fear_job"]), self.fear_job_anchor, heard_job, self.used_to_job, 1.0
        )

        # The manager's signal.
        signal = 0.0
        leader = int(model.population.manager[self.row])
        if leader >= 0:
            signal = rules.manager_signal(
                model.person(leader).readiness,
                float(before[leader]["use_seen"]),
                float(before[leader]["trust"]),
            )

        # Choice.
        novelty = self.novelty
        if norm >= p.novelty_sight and not self.has(Flag.SEEN):
            novelty = 1.0
            self.flags |= Flag.SEEN
        self.norm, self.signal = norm, signal
        self.could_near = could
        near = norm / max(self.could_near, 1e-300)
        days, own_days = self.choose(trust, mistake, job, signal, norm, near, own_norm, novelty)
        if days > 0.0:
            self.flags |= Flag.ACTIVATED

        # Experience, habit and what fades.
        failures = self._experience(
            trust, mistake, days, own_days, norm, hearsay, failure_near, climate
        )
        visible = rules.visible_share(climate, mistake, self.showcased * _UNIT, p.openness)
        self._form_habits(days, own_days)
        self.novelty = rules.faded(novelty, p.novelty_fade)
        cynicism = self.cynicism
        gained = max(cynicism - self.base_cynicism * _BYTE, 0.0)
        self.cynicism = (cynicism - gained) + rules.faded(gained, p.cynicism_fade)
        self._forget(days)
        self.depth = min(self.depth + (days > 0.0), 255)
        self.history = ((self.history << 4) | int(days)) & (2**48 - 1)
        self.compelled = self.showcased = 0

        # What others will perceive.
        credibility = 1.0
        if self.has(Flag.CHAMPION):
            credibility = 1.0 - (1.0 - p.champion_credibility)  # rounded as in the engine
        seen = rules.use_seen(days, visible, credibility)
        if model.decision is not Decision.LOGIT:
            seen = days * WORKDAY
        after[self.row] = (
            trust, mistake, job, seen, own_days * WORKDAY, seen * self.usefulness,
            visible * failures * WORKDAY,
        )  # fmt: skip
        model.memory.present[self._team] += seen

    def _express(
        self, said: float, anchor: float, heard: float, used_to: float, bad_is: float
    ) -> float:
        p = self.model.parameters
        news = rules.news_heard(heard, used_to)
        view = rules.expressed_view(anchor, news, p.susceptibility)
        return rules.view_after_news(said, view, bad_is, p.loss_aversion)

    def _take_up(self, near: float, risen: float, known: Mapping[str, float]) -> None:
        """Add the week's exposure; at the person's own threshold, begin to consider the tool.

        Parameters
        ----------
        near : float
            Visible use among those listened to who could use the tool.
        risen : float
            Factor of the hazard by the tool's appeal.
        known : mapping of str to float
            What else a theory of take-up may ask for.
        """
        model = self.model
        if model.is_logit and self.has(Flag.CONSIDERS):
            return
        alone, team, ties = model.rates
        pull = float(model.memory.pull[self._team]) * risen
        known = {**known, "alone": alone, "team": team, "ties": ties, "near": near, "pull": pull}
        hazard = float(self.has(Flag.ACCESS)) * by_theory(self, TAKE_UP, known)
        self.threshold -= hazard
        if hazard > 0.0 and self.threshold <= 0.0:
            self.flags |= Flag.CONSIDERS

    def _forget(self, days: float) -> None:
        """Stop considering an unused tool, by chance; another threshold is drawn."""
        model, p = self.model, self.model.parameters
        if not model.is_prompting or not self.has(Flag.CONSIDERS) or self.depth + days > 0.0:
            return
        if self._uniform("failure") < p.takeup_forget:
            self.flags &= 255 - Flag.CONSIDERS
            self.threshold = rules.exposure_needed(
                self._uniform("threshold"), p.takeup_frailty,
                int(model.population.standing[self.row]) * _STEP, p.takeup_standing,
            )  # fmt: skip

    def choose(
        self, trust: float, mistake: float, job: float, signal: float, norm: float, near: float,
        own_norm: float, novelty: float,
    ) -> tuple[float, float]:  # fmt: skip
        """Choose on five workdays; override this to try another theory of choice.

        Parameters
        ----------
        trust, mistake, job : float
            What the person expresses this week.
        signal : float
            The manager's, in [-1, 1].
        norm, near, own_norm : float
            Share of attention on visible use; the same among those who could use the tool; and
            on own tools of close ties.

        Returns
        -------
        days, own_days : float
            Workdays with the sanctioned tool, and with own tools.
        """
        p, model = self.model.parameters, self.model
        weight = p.values_weight
        expectation = self.usefulness - 0.5
        benefit = rules.benefit_of_a_use(
            self.capability, self.fit, self.task_potential, model.quality, p.fit_floor
        )
        skill = rules.know_how(self.capability, self.fit, p.b_effort, p.b_fit)
        permission, b_job = self.fear_permission, rules.moderated(p.b_job, self.family, weight)
        hopes = (p.b_manager * signal, p.b_trust * (trust - 0.5))
        fears = (
            p.b_mistake * mistake * (1.0 - self.climate),
            p.b_permission * permission,
            b_job * job,
            rules.moderated(p.b_identity, self._pride, weight) * self.fear_identity,
            p.b_cynicism * self.cynicism,
        )
        self.first_use = rules.barrier_of_first_use(
            p.b_first, rules.exponential(-p.first_fade * self.depth),
            rules.eased_by_sessions(float(self.trained), p.first_fade),
        )  # fmt: skip
        utility = rules.utility_of_sanctioned_use(
            p.b_0 + self.disposition, p.b_expect * expectation, p.b_able * benefit, skill,
            rules.moderated(p.b_norm, self.relationships, weight) * norm, *hopes,
            p.b_habit * self.habit,
            rules.moderated(p.b_novelty, self._growth, weight) * novelty,
            p.b_compelled * (self.compelled * _UNIT), *fears, self.first_use,
        )  # fmt: skip
        self.benefit = benefit
        known = {
            "trust": trust, "fear_mistake": mistake, "fear_job": job, "signal": signal,
            "norm": norm, "near": near, "benefit": benefit,
        }  # fmt: skip
        if model.is_logit:
            appeal = rules.appeal_of_tool(p.b_expect * expectation, skill, *hopes, *fears)
            self._take_up(near, rules.exponential(p.takeup_appeal * appeal), known)
        own_utility = rules.utility_of_own_tool(
            p.b_own_0 + self.disposition, p.b_own_expect * expectation, p.b_own_able * benefit,
            skill,
            p.b_own_norm * own_norm + p.b_own_seen * norm * (1.0 - float(self.has(Flag.ACCESS))),
            p.b_own_habit * self.own_habit, p.b_own_novelty * novelty,
            p.b_own_growth * (self.growth - 0.5), p.b_own_permission * permission,
        )  # fmt: skip
        self.odds, self.own_odds = rules.odds_of(utility), rules.odds_of(own_utility)
        known["rival_odds"] = p.own_rivalry * self.own_odds
        self.confidence = confidence = by_theory(self, CHOICE, {**known, "odds": self.odds})
        if not model.is_logit:
            days = self._decide_plainly()
            self.barriers = gains_without(self, confidence, known)
            return days, 0.0
        self.barriers = gains_without(self, confidence, known)
        days = 0.0
        if self.has(Flag.ACCESS) and self.has(Flag.CONSIDERS):
            days = rules.days_from_uniform(self._uniform("use"), WORKDAYS, confidence)
        own = rules.chance_of_option(self.own_odds, 0.0)
        left = rules.days_open_to_own_tool(days, p.own_rivalry)
        return days, rules.days_from_uniform(self._uniform("own"), left, own)

    def _uniform(self, stream: str) -> float:
        return rules.uniform(self.model.streams[stream], self._key)

    def _decide_plainly(self) -> float:
        """Decide by a threshold, or by the hazard of beginning, with use certain after it."""
        decision, ties = self.model.decision, self.model.population
        counted = decision in (Decision.THRESHOLD_COUNT, Decision.HAZARD_COUNT)
        around = could = 0.0
        for e in range(int(ties.tie_start[self.row]), int(ties.tie_start[self.row + 1])):
            other, weight = int(ties.tie_target[e]), 1.0 if counted else float(ties.tie_weight[e])
            could += weight if self.model.person(other).has(Flag.ACCESS) else 0.0
            around += weight if self.model.visible_before["use_seen"][other] > 0.0 else 0.0
        if decision in (Decision.THRESHOLD_SHARE, Decision.THRESHOLD_COUNT):
            adopts = rules.adopts_at_threshold(around, self.threshold)
        else:
            self._take_up(around if counted else around / max(could, 1e-300), 1.0, {})
            adopts = self.has(Flag.CONSIDERS) and self.has(Flag.ACCESS)
        if adopts:
            self.flags |= Flag.ADOPTED
        if self.has(Flag.ADOPTED):
            self.flags |= Flag.CONSIDERS
            return WORKDAYS
        return 0.0

    def _experience(
        self, trust: float, mistake: float, days: float, own_days: float, norm: float,
        hearsay: float, failure_near: float, climate: float,
    ) -> float:  # fmt: skip
        """Learn from own use, or from what others report; return the failed days."""
        p = self.model.parameters
        capability, fit, usefulness = self.capability, self.fit, self.usefulness
        success = rules.chance_of_success(capability, fit, self.model.quality, p.fit_floor)
        failures = rules.days_from_uniform(self._uniform("failure"), days, 1.0 - success)
        good = days - failures
        if days + own_days > 0.0:
            felt = rules.usefulness_of_benefit(self.benefit, p.benefit_half)
            usefulness = rules.usefulness_after_use(
                usefulness, felt, days + own_days, p.experience_rate, p.loss_aversion
            )
            gain = rules.moderated(p.practice_gain, self._growth, p.values_weight)
            self.capability = rules.skill_after_practice(capability, good + own_days, gain)
            self.fit = rules.skill_after_practice(fit, good + own_days, p.practice_fit)
        else:
            reported = hearsay / max(norm, 1e-300)
            usefulness = rules.usefulness_after_hearsay(usefulness, reported, norm, p.hearsay_rate)
            self.capability = rules.skill_after_disuse(
                capability, self.base_capability * _BYTE, p.forgetting
            )
            self.fit = rules.skill_after_disuse(fit, self.base_fit * _BYTE, p.forgetting)
        self.usefulness = usefulness
        visible = rules.visible_share(climate, mistake, self.showcased * _UNIT, p.openness)
        self.trust_anchor = rules.skill_after_practice(self.trust_anchor, good, p.success_trust)
        fear = rules.fear_after_success(self.fear_mistake_anchor, good, p.success_relief)
        fear = rules.fear_after_failure(fear, visible * failures * WORKDAY, climate, p.failure_fear)
        self.fear_mistake_anchor = rules.fear_after_failure(
            fear, failure_near, climate, p.failure_spill
        )
        self.fear_identity = rules.fear_after_success(self.fear_identity, good, p.success_relief)
        return failures

    def _form_habits(self, days: float, own_days: float) -> None:
        self.habit = self._habit_after(self.habit, days)
        self.own_habit = self._habit_after(self.own_habit, own_days)

    def _habit_after(self, habit: float, days: float) -> float:
        p = self.model.parameters
        if days > 0.0:
            return rules.habit_after_week(habit, rules.habit_gain(days, p.habit_rate))
        return rules.habit_after_disuse(habit, p.habit_decay)


class Manager(Employee):
    """A person with reports, who makes the climate of a team."""

    @property
    def reports(self) -> list[Employee]:
        """The people who report to this manager."""
        rows = np.flatnonzero(self.model.population.manager == self.row)
        return [self.model.person(int(row)) for row in rows]

    def lead(self) -> None:
        """Let readiness move toward the own confidence with the tool, after a week of use."""
        if self.use_days:
            self.readiness = rules.readiness_after_week(
                self.readiness, self.confidence, self.model.parameters.readiness_rate
            )


def by_theory(person: Employee, decides: str, known: Mapping[str, float]) -> float:
    """Return what the theory of a person's scenario gives: a hazard, or a chance of use.

    Parameters
    ----------
    decides : str
        Of ``sim.theories.SLOTS``.
    known : mapping of str to float
        Quantities of this week that are no state; the others are read from the person.
    """
    theory, own = person.model.theories[SLOTS.index(decides)]
    values = {}
    for name in theory.arguments:
        if name in own:
            values[name] = own[name]
        elif name in known:
            values[name] = known[name]
        else:
            values[name] = _read(person, decides, name)
    return float(theory.function(**values))


def gains_without(person: Employee, chance: float, known: Mapping[str, float]) -> tuple[float, ...]:
    """Return how much the probability of use would rise without each shortfall.

    - ``chance``: of use on a workday, as it is.
    - ``known``: as in ``by_theory``.

    In the order of ``sim.outcomes.DRIVERS``.
    """
    p, weight = person.model.parameters, person.model.parameters.values_weight
    by_pride = rules.moderated(p.b_identity, person._pride, weight)
    shortfalls = (
        p.b_mistake * known["fear_mistake"] * (1.0 - person.climate),
        p.b_permission * person.fear_permission,
        rules.moderated(p.b_job, person.family, weight) * known["fear_job"],
        rules.moderated(p.b_norm, person.relationships, weight) * (1.0 - known["norm"]),
        p.b_manager * (1.0 - known["signal"]),
        by_pride * person.fear_identity,
        p.b_trust * (1.0 - known["trust"]),
        p.b_able * (person.task_potential - person.benefit)
        + rules.know_how(1.0 - person.capability, 1.0 - person.fit, p.b_effort, p.b_fit),
        p.b_cynicism * person.cynicism,
        person.first_use,
    )
    considers = float(person.has(Flag.CONSIDERS))
    return (
        *(considers * _gain_without(person, one, chance, known) for one in shortfalls),
        (1.0 - considers) * chance,
    )


def _gain_without(
    person: Employee, shortfall: float, chance: float, known: Mapping[str, float]
) -> float:
    theory, _ = person.model.theories[SLOTS.index(CHOICE)]
    if theory.own is None:
        return rules.gain_without(person.odds, known["rival_odds"], shortfall)
    lifted = min(person.odds * rules.exponential(shortfall), LARGEST_ODDS)
    return max(0.0, by_theory(person, CHOICE, {**known, "odds": lifted}) - chance)


def _read(person: Employee, decides: str, name: str) -> float:
    """Return a quantity that hangs on the person and the week alone."""
    model = person.model
    if name == "share":
        return float(model.memory.seen[person._team])
    if name == "everyone":
        return model.everyone
    if name == "week":
        return float(model.week + 1)
    if name == "trait":
        stream = Stream.TRAIT_OF_TAKE_UP if decides == TAKE_UP else Stream.TRAIT_OF_CHOICE
        key = rules.stream_key(model.run_seed, np.uint64(stream), np.uint64(0))
        return rules.uniform(key, person._key)
    return getattr(person, name)


def _segment(history: int, actions_per_day: float, week: int) -> dict[str, bool]:
    """Return the segment of [Viva] that use in the last twelve weeks puts a person in."""
    days = [history >> 4 * k & 15 for k in range(12)]
    weeks_used = sum(d > 0 for d in days)
    actions = actions_per_day / min(week, 12) * sum(days)
    habitual = weeks_used >= 9
    return {
        "regular": all(d > 0 for d in days[:4]),
        "habitual": habitual,
        "power": habitual and actions >= 15.0,
        "novice": weeks_used > 0 and not habitual and actions >= 1.0,
        "low": weeks_used > 0 and not habitual and actions < 1.0,
        "non_users": weeks_used == 0,
    }


def outcomes_of_person(person: Employee, week: int) -> list[float]:
    """Return what one person adds to each of ``OUTCOMES`` in a week."""
    p, own = person.model.parameters, person.model.visible_after[person.row]
    lately = person.history & 0xFFFF > 0
    found: dict[str, Any] = {
        "access": person.has(Flag.ACCESS),
        "trained": person.trained > 0,
        "activated": person.has(Flag.ACTIVATED),
        "considering": person.has(Flag.CONSIDERS) and not person.has(Flag.ACTIVATED),
        "tried": lately and person.depth == 1,
        "lapsed": not lately and person.depth > 0,
        "weekly_users": person.use_days > 0,
        **_segment(person.history, float(p.actions_per_day), week),
        "own_tool_users": own["own_use_seen"] > 0,
        "use_days": person.use_days,
        "own_days": round(WORKDAYS * float(own["own_use_seen"])),
        "proficient": person.capability >= p.proficient_at,
        "trust": own["trust"],
        "fear_mistake": own["fear_mistake"],
        "fear_job": own["fear_job"],
        "confidence_gap": person.capability - person.confidence,
        "climate": person.climate,
    }

    def value(name: str) -> float:
        return float(found[name]) if name in found else float(getattr(person, name))

    return [float(value(v.of) >= v.least) if v.of else value(v.name) for v in OUTCOMES]
