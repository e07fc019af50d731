"""The one reader of every table a user may give: encodings, separators, notations, names."""

from __future__ import annotations

from sim.errors import Note, Problems
from sim.tables.header import DELIMITERS, column_name
from sim.tables.names import Names, alike, fold, meant_by, similar
from sim.tables.numbers import MISSING, Numbers, between, two_notations, whole
from sim.tables.source import MAX_ROWS, MemoryFile, Readable, text_of
from sim.tables.table import CsvRow, PlainRow, Row, Table, open_table, texts

__all__ = [
    "DELIMITERS",
    "MAX_ROWS",
    "MISSING",
    "CsvRow",
    "MemoryFile",
    "Names",
    "Note",
    "Numbers",
    "PlainRow",
    "Problems",
    "Readable",
    "Row",
    "Table",
    "alike",
    "between",
    "column_name",
    "fold",
    "meant_by",
    "open_table",
    "similar",
    "text_of",
    "texts",
    "two_notations",
    "whole",
]
