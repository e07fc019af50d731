"""The compiled engine: rules looped over arrays."""
