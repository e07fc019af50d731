"""Search for a rollout: which conversation when, which team first, under a budget."""
