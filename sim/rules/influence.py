"""What others' expressed views do to one's own."""

from __future__ import annotations

from sim.rules.catalogue import rule

__all__ = ["expressed_view", "news_heard", "view_after_news"]


@rule
def news_heard(heard: float, used_to: float) -> float:
    """What one hears, less what one is used to hearing around oneself: only change is news.

    Equation : h = min(max(Σ w x - o, 0), 1), o = c · (Σ w x - a) at the start
    Units    : heard 1 [0, 1]; used_to 1 [-1, 1]
    Range    : [0, 1]
    Monotone : rises with heard; falls with used_to
    Source   : ASSUMPTION: adaptation level, Helson 1964; c = 0 is Friedkin-Johnsen as published
    """
    return min(max(heard - used_to, 0.0), 1.0)


@rule
def expressed_view(anchor: float, social: float, susceptibility: float) -> float:
    """View that one comes to express after hearing others: Friedkin-Johnsen around the anchor.

    Equation : x = (1 - λ) · anchor + λ · social
    Units    : anchor 1 [0, 1]; social 1 [0, 1]; susceptibility 1 [0, 1]
    Range    : [0, 1]
    Monotone : rises with anchor, social
    Source   : Friedkin & Johnsen 1990; DeGroot 1974 at λ = 1
    """
    return (1.0 - susceptibility) * anchor + susceptibility * social


@rule
def view_after_news(said: float, view: float, bad_is: float, loss_aversion: float) -> float:
    """View expressed this week: bad news is taken up at once, good news by and by.

    It is the speed that differs, not the place where views come to rest.

    Equation : x' = x + s · (view - x), s = 1 if sign · (view - x) > 0, else 1 / a
    Units    : said 1 [0, 1]; view 1 [0, 1]; bad_is 1 [-1, 1]; loss_aversion 1 [1, 4]
    Range    : [0, 1]
    Monotone : rises with said, view
    Source   : [Slovic93]: trust is made slowly and destroyed in an instant; ASSUMPTION: the ratio;
               bad_is +1 for fears, -1 for trust
    """
    speed = 1.0 if bad_is * (view - said) > 0.0 else 1.0 / loss_aversion
    return (1.0 - speed) * said + speed * view
