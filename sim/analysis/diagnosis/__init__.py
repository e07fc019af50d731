"""Why adoption stalled in one firm, from what is known of it.

``known`` puts together people, plan, use and answers; ``pool`` simulates the firm and weighs
parameter sets and replicates by how well they explain it; ``causes`` says what holds back how
much, with what certainty, what would help most an hour, and what to ask next.
"""

from sim.analysis.diagnosis.causes import Diagnosis, diagnose
from sim.analysis.diagnosis.known import Known, known_firm

__all__ = ["Diagnosis", "Known", "diagnose", "known_firm"]
