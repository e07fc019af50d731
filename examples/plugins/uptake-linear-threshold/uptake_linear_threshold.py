"""Take-up by linear thresholds: one begins when enough of those one listens to use the tool."""

AT_ONCE = 1e20


def linear_threshold(near: float, trait: float, mean: float = 0.25, spread: float = 0.25) -> float:
    """Hazard of beginning to consider the tool: all at once at a person's own threshold.

    Decides  : take-up
    Equation : λ = 1e20 if E ≥ m + w · (2u - 1), else 0: thresholds even from m - w to m + w, so
               that with m < w some begin by themselves
    Units    : near 1 [0, 1e9]; trait 1 [0, 1]; mean 1 [0, 1]; spread 1 [0, 1]
    Range    : [0, 1e20]
    Monotone : rises with near; falls with trait, mean
    Source   : Granovetter 1978, Threshold models of collective behavior
    """
    return AT_ONCE if near >= mean + spread * (2.0 * trait - 1.0) else 0.0
