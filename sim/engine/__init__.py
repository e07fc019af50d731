"""The compiled engine: rules looped over arrays."""

from sim.engine.replaced import replace_rules

replace_rules()
