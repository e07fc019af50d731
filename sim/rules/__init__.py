"""The rules of the model: one small pure scalar function per mechanism.

A rule draws nothing, keeps nothing and knows nothing of people, graphs or files: the
compiled engine loops rules over arrays, and Mesa agents call the same rules. What a module names
in its ``__all__`` is here too.
"""

from sim.rules.catalogue import *
from sim.rules.chance import *
from sim.rules.choice import *
from sim.rules.climate import *
from sim.rules.influence import *
from sim.rules.learning import *
from sim.rules.numbers import *
from sim.rules.start import *
from sim.rules.takeup import *
