"""One firm's measured use: read it, hold replicates against it, forecast from them.

``observed`` reads it as curves and gives the same of replicates; ``kernel`` weighs parameter sets
and replicates by how well they explain what was measured; ``track`` forecasts from them.
"""
