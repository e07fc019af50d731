"""What the live page and the offline report share: data of a replay, and the modules that draw it."""
