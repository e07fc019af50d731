"""One firm's measured use: read it, hold replicates against it, forecast from them.

``observed`` reads a usage table as curves; ``simulated`` gives the same curves of replicates;
``kernel`` weighs parameter sets and replicates by how well they explain what was measured.
"""
