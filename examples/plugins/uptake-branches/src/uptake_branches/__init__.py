"""A made-up firm of branches: ``--organisation branches``."""

from pathlib import Path

PATH = Path(__file__).with_name("branches.yaml")
