"""What others' expressed views do to one's own."""

from __future__ import annotations

from sim.rules.catalogue import rule

__all__ = ["expressed_view", "susceptibility_to_news"]


@rule
def susceptibility_to_news(
    anchor: float, social: float, bad_is: float, susceptibility: float, loss_aversion: float
) -> float:
    """Weight of what one hears against the private anchor: more where it is worse news.

    Equation : λ' = min(a · λ, 1) if sign · (social - anchor) > 0 else λ
    Units    : anchor 1 [0, 1]; social 1 [0, 1]; bad_is 1 [-1, 1]; susceptibility 1 [0, 1];
               loss_aversion 1 [1, 4]
    Range    : [0, 1]
    Monotone : rises with susceptibility, loss_aversion
    Source   : [Slovic93] [Zhu23]; ASSUMPTION: the ratio; bad_is +1 for fears, -1 for trust
    """
    worse = min(susceptibility * loss_aversion, 1.0)
    return worse if bad_is * (social - anchor) > 0.0 else susceptibility


@rule
def expressed_view(anchor: float, social: float, susceptibility: float) -> float:
    """View expressed after hearing others: Friedkin-Johnsen around the private anchor.

    Equation : x = (1 - λ) · anchor + λ · social
    Units    : anchor 1 [0, 1]; social 1 [0, 1]; susceptibility 1 [0, 1]
    Range    : [0, 1]
    Monotone : rises with anchor, social
    Source   : Friedkin & Johnsen 1990; DeGroot 1974 at λ = 1
    """
    return (1.0 - susceptibility) * anchor + susceptibility * social
