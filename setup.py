"""Everything stands in pyproject.toml; here, that no wheel is built without its version."""

from importlib.util import find_spec

from setuptools import setup

if find_spec("setuptools_scm") is None:  # setuptools would call it 0.0.0 without a word
    raise SystemExit(
        "setuptools-scm, which gives the version, is not there: build with isolation, "
        "or pip install 'setuptools-scm>=8'"
    )

setup()
