"""The one reader of every table a user may give: encodings, separators, notations, names."""

from __future__ import annotations

from sim.errors import Note as Note
from sim.errors import Problems as Problems
from sim.tables.names import DELIMITERS as DELIMITERS
from sim.tables.names import Names as Names
from sim.tables.names import alike as alike
from sim.tables.names import column_name as column_name
from sim.tables.names import fold as fold
from sim.tables.names import meant_by as meant_by
from sim.tables.names import similar as similar
from sim.tables.numbers import MISSING as MISSING
from sim.tables.numbers import Numbers as Numbers
from sim.tables.numbers import Row as Row
from sim.tables.numbers import between as between
from sim.tables.numbers import two_notations as two_notations
from sim.tables.numbers import whole as whole
from sim.tables.source import MAX_ROWS as MAX_ROWS
from sim.tables.source import MemoryFile as MemoryFile
from sim.tables.source import Readable as Readable
from sim.tables.source import text_of as text_of
from sim.tables.table import CsvRow as CsvRow
from sim.tables.table import PlainRow as PlainRow
from sim.tables.table import Table as Table
from sim.tables.table import open_table as open_table
from sim.tables.table import texts as texts
