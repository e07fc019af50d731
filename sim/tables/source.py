"""Where a table is read from, and how its bytes are text."""

from __future__ import annotations

import codecs
import io
import math
import re
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import IO, Any

from sim.errors import Note, Problems, did_you_mean, refusal
from sim.sources import kind_of_path

MAX_ROWS = 5_000_000
"""Rows of a CSV file that are read unless organisation.yaml says ``max_rows``."""

BLOCK = 1 << 22
MAX_WHOLE = 1 << 29
MAX_LINE = 1 << 25
SAVE = "save it as CSV UTF-8 (in Excel: Save as, CSV UTF-8)"
MAGIC = {
    b"PK\x03\x04": "is an Excel workbook or another zip file",
    b"\xd0\xcf\x11\xe0": "is an old Excel workbook", b"\x1f\x8b": "is a gzip file",
    b"%PDF": "is a PDF", b"\x89PNG": "is a picture", b"\xff\xd8\xff": "is a picture",
    b"PAR1": "is a Parquet file", b"SQLite format 3": "is a database",
    b"\xff\xfe\x00\x00": "is encoded as UTF-32", b"\x00\x00\xfe\xff": "is encoded as UTF-32",
}  # fmt: skip
OPENINGS = {
    "<": "is a web page or another XML file, no table",
    "{": "is JSON, no table",
    "[{": "is JSON, no table",
}
_LETTER = re.compile(rb"[\x80-\xff]")
NAMES = {"cp1252": "Windows-1252", "latin-1": "Latin-1"}


class _Until(io.BytesIO):
    """Bytes that can be read until a time."""

    def __init__(self, content: bytes, until: float) -> None:
        super().__init__(content)
        self.until = until

    def read(self, size: int | None = -1, /) -> bytes:
        self._look_at_the_clock()
        return super().read(size)

    def read1(self, size: int | None = -1, /) -> bytes:
        self._look_at_the_clock()
        return super().read1(size)

    def _look_at_the_clock(self) -> None:
        if monotonic() > self.until:
            raise TimeoutError


@dataclass(frozen=True, slots=True)
class MemoryFile:
    """A file that never touches the disk; after ``until`` (``time.monotonic``) a TimeoutError."""

    name: str
    content: bytes = field(repr=False)
    until: float = math.inf

    def is_file(self) -> bool:
        """Return True: it is here."""
        return True

    def open(
        self, mode: str = "r", *, encoding: str | None = None, newline: str | None = None
    ) -> IO[Any]:
        """Return a stream of its text, or of its bytes in the mode ``rb``."""
        data = _Until(self.content, self.until)
        return data if "b" in mode else io.TextIOWrapper(data, encoding, newline=newline)


Readable = Path | MemoryFile
"""What a table can be read from."""


def encoding_of(
    path: Readable, label: str, problems: Problems, notes: list[Note], max_rows: int = MAX_ROWS
) -> str | None:
    """Return the name of the encoding a file of text is read in, after one look at its bytes.

    UTF-8 with or without a mark, UTF-16 with or without one, otherwise Windows-1252, or
    Latin-1 where a byte has no letter in that. Anything but UTF-8 is noted. Noted as a problem,
    with None returned: no file, no text, two encodings in one file, too many rows.
    """
    if not _is_there(path, problems):
        return None
    before = problems.count
    with path.open("rb") as file:
        start = file.read(4096)
        for magic, what in MAGIC.items():
            if start.startswith(magic):
                problems.add(label, "", what, SAVE)
                return None
        utf16 = _utf16(start)
        file.seek(0)
        scan = _Scan(utf16 or "utf-8")
        while not scan.over and (block := file.read(BLOCK)):
            scan.take(block)
        scan.take(b"", final=True)
    scan.conclude(label, problems, max_rows)
    if problems.count > before:
        return None
    if scan.encoding != "utf-8":
        name = NAMES.get(scan.encoding, "UTF-16")
        notes.append(Note(f"{label} is encoded as {name}, not as UTF-8: read so"))
    marked = start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return "utf-16" if marked else {"utf-8": "utf-8-sig"}.get(scan.encoding, scan.encoding)


def bytes_of(path: Readable) -> bytes:
    """Return all bytes of a file that is read as a whole.

    Raises InputError where it has more than ``MAX_WHOLE`` bytes.
    """
    with path.open("rb") as file:
        data: bytes = file.read(MAX_WHOLE + 1)
    if len(data) > MAX_WHOLE:
        what = f"has more than {MAX_WHOLE >> 20:,} MB"
        raise refusal(path.name, "", what, "a smaller export, or CSV")
    return data


def text_of(data: bytes) -> str:
    """Return the text of bytes in the encoding ``encoding_of`` finds, as far as it can be read.

    >>> text_of("Ö".encode("cp1252")), text_of("Ö".encode("utf-16"))
    ('Ö', 'Ö')
    """
    encoding = encoding_of(MemoryFile("", data), "", Problems(), [])
    return data.decode(encoding or "utf-8-sig", "replace")


def _is_there(path: Readable, problems: Problems) -> bool:
    if isinstance(path, MemoryFile):
        return True
    try:
        kind = kind_of_path(path)
    except OSError as error:
        what = f"cannot be read ({error.strerror or type(error).__name__})"
        problems.add(str(path), "", what, f"a file {path.name} you may read")
        return False
    if kind == "file":
        return True
    if kind != "nothing":
        problems.add(
            str(path), "", f"is {kind.replace('folder', 'a folder')}", f"a file {path.name}"
        )
        return False
    if not path.parent.is_dir():
        right = f"a folder with a file {path.name}"
        problems.add(str(path.parent), "", "there is no such folder", right)
        return False
    beside = [p.name for p in path.parent.glob("*.csv")]
    right = did_you_mean(path.name, sorted(beside)) if beside else f"a file {path.name}"
    problems.add(str(path), "", "there is no such file", right)
    return False


def _utf16(start: bytes) -> str:
    """Return the kind of UTF-16 that bytes look like, or nothing."""
    if start.startswith(codecs.BOM_UTF16_LE):
        return "utf-16-le"
    if start.startswith(codecs.BOM_UTF16_BE):
        return "utf-16-be"
    even, odd = start[::2].count(0), start[1::2].count(0)
    most = len(start) // 4
    if odd > most and even * 8 <= odd:
        return "utf-16-le"
    return "utf-16-be" if even > most and odd * 8 <= even else ""


class _Scan:
    """One pass over the bytes of a file: lines, encoding, the first line that is no text."""

    def __init__(self, encoding: str) -> None:
        self.encoding = encoding
        self.decoder = codecs.getincrementaldecoder(encoding)()
        self.opening = ""
        self.lines, self.returns = 0, 0
        self.nul = self.damaged = 0
        self.utf8_line = self.other_line = 0
        self.carry, self.long = b"", False

    @property
    def over(self) -> bool:
        """Whether what was seen is enough to refuse the file: no text, or a line without end."""
        return self.long or bool(self.nul)

    def take(self, block: bytes, *, final: bool = False) -> None:
        """Look at a block; the last call has ``final``."""
        if self.encoding.startswith("utf-16"):
            try:
                text = self.decoder.decode(block, final)
            except UnicodeDecodeError:
                self.damaged = self.damaged or self.lines + 1
                return
            nul = text.count("\n", 0, text.find("\0")) if "\0" in text else -1
            self._count(text.count("\n"), text.count("\r"), text[:200], nul)
            return
        data = self.carry + block
        whole, cut, rest = data.rpartition(b"\n")
        if final or not cut:
            whole, rest = (data, b"") if final else (b"", data)
        self.carry = rest
        self.long = self.long or len(rest) > MAX_LINE
        if not whole.isascii():
            self._letters(whole)
        opening = "" if self.opening else whole[:200].decode("utf-8", "replace")
        nul = whole.count(b"\n", 0, whole.find(b"\0")) if b"\0" in whole else -1
        self._count(whole.count(b"\n") + bool(cut), whole.count(b"\r"), opening, nul)
        if b"\0" in rest and not self.nul:
            self.nul = self.lines + 1

    def _count(self, lines: int, returns: int, opening: str, nul: int) -> None:
        if nul >= 0 and not self.nul:
            self.nul = self.lines + nul + 1
        self.lines += lines
        self.returns += returns
        self.opening = self.opening or opening

    def _letters(self, whole: bytes) -> None:
        """Note the first line in UTF-8 and the first that is not, among those with letters."""
        try:
            whole.decode()
        except UnicodeDecodeError:
            pass
        else:
            if not self.utf8_line and (letter := _LETTER.search(whole)):
                self.utf8_line = self.lines + 1 + whole.count(b"\n", 0, letter.start())
            return
        for offset, line in enumerate(whole.split(b"\n")):
            if line.isascii():
                continue
            try:
                line.decode()
                self.utf8_line = self.utf8_line or self.lines + offset + 1
            except UnicodeDecodeError:
                self.other_line = self.other_line or self.lines + offset + 1
                if any(byte in line for byte in b"\x81\x8d\x8f\x90\x9d"):
                    self.encoding = "latin-1"

    def conclude(self, label: str, problems: Problems, max_rows: int) -> None:
        """Say what is wrong with the whole, and settle the encoding."""
        opening = self.opening.lstrip("\ufeff \t\r\n")
        if self.other_line and self.encoding == "utf-8":
            self.encoding = "cp1252"
        for mark, what in OPENINGS.items():
            if opening.replace(" ", "").startswith(mark):
                problems.add(label, "", what, SAVE)
                return
        if self.nul or self.damaged:
            where = f"{label}:{self.nul or self.damaged}:1"
            problems.add(where, "", "is no text (it holds bytes that are no letters)", SAVE)
        elif self.long:
            what = f"has a line of more than {MAX_LINE >> 20} MB"
            problems.add(f"{label}:{self.lines + 1}:1", "", what, "a line break after every row")
        elif self.other_line and self.utf8_line:
            what = f"line {self.other_line} is not encoded as UTF-8, line {self.utf8_line} is"
            problems.add(f"{label}:{self.other_line}:1", "", what, f"one encoding; {SAVE}")
        rows = (self.lines or self.returns) - 1
        if rows > max_rows:
            problems.add(
                label, "", f"has about {rows:,} rows, above the limit of {max_rows:,}",
                "fewer rows, or max_rows in organisation.yaml beside it",
            )  # fmt: skip
