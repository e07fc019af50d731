"""The plain models a rich one has to beat: thresholds and Bass."""

from __future__ import annotations

from sim.rules.catalogue import rule

__all__ = ["adopts_at_threshold", "bass_share_after_step"]


@rule
def adopts_at_threshold(adopters: float, threshold: float) -> bool:
    """Whether a person adopts: hard threshold on a share, or a count, of adopting neighbours.

    Equation : a = adopters ≥ φ · (1 - 1e-7) - 1e-12, as φ is kept in single precision
    Units    : adopters 1 [0, 1e9]; threshold 1 [0, 1e9]
    Range    : [0, 1]
    Monotone : rises with adopters; falls with threshold
    Source   : Granovetter 1978; Watts 2002; Centola & Macy 2007
    """
    return adopters >= threshold * (1.0 - 1e-7) - 1e-12


@rule
def bass_share_after_step(share: float, innovation: float, imitation: float) -> float:
    """Share that has adopted after a step of the discrete Bass model.

    Equation : F' = F + min(p + q · F, 1) · (1 - F)
    Units    : share 1 [0, 1]; innovation 1/week [0, 1]; imitation 1/week [0, 2]
    Range    : [0, 1]
    Monotone : rises with share, innovation, imitation
    Source   : Bass 1969
    """
    return share + min(innovation + imitation * share, 1.0) * (1.0 - share)
