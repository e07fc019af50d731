"""Take-up as complex contagion: what a few do is not enough, in the place of Uptake's hazard."""

ENOUGH = 0.25


def hazard_of_beginning(
    alone: float, team: float, share: float, ties: float, near: float, pull: float
) -> float:
    """Weekly hazard of beginning to consider the tool: others count once they are a quarter.

    Equation : λ = pull · (p + [S ≥ 1/4] q S + [E ≥ 1/4] w E)
    Units    : alone 1/week [0, 2]; team 1/week [0, 5]; share 1 [0, 1]; ties 1/week [0, 5]; near 1
               [0, 1e9]; pull 1 [0, 1e9]
    Range    : [0, 1e20]
    Monotone : rises with alone, team, share, ties, near, pull
    Source   : Centola & Macy 2007, Complex contagions, for the form; ASSUMPTION: a quarter
    """
    by_team = team * share if share >= ENOUGH else 0.0
    by_ties = ties * near if near >= ENOUGH else 0.0
    return pull * (alone + by_team + by_ties)
