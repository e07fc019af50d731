"""The live page: a local server."""
