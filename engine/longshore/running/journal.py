"""The journal: one JSON record per line, appended and fsynced, with the intent and the outcome of each step.

It is for people and reports: decisions are made from the world, read afresh. A record is `{"seq": n, …, "sum": "…"}`;
`sum` is the start of the SHA-256 of the record without it. An incomplete last record is a write that a crash cut short,
and is dropped. Damage before that can't come from a crash and is refused, naming file and offset.
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..clock import utc_now
from ..errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ..planning.steps import Step
    from .progress import Progress

Record = dict[str, Any]

ROTATE_AT = 4 * 1024 * 1024  # bytes; a release of four replicas writes about 12 kB


@dataclass(frozen=True, slots=True)
class Contents:
    """A journal's records, and the offset at which the last complete one ends."""

    records: list[Record]
    end: int


def encode(record: Record) -> bytes:
    """A record's line, checksum included."""
    return _line({**record, "sum": _sum(record)})


def read(file: Path) -> Contents:
    """Read and check a journal. Raises RefusedError for damage that isn't a torn tail."""
    try:
        data = file.read_bytes()
    except FileNotFoundError:
        return Contents([], 0)
    records: list[Record] = []
    offset = 0
    for line in _lines(data):
        record = _decode(line, records[-1]["seq"] + 1 if records else None)
        if record is None:
            if offset + len(line) < len(data):
                raise _damaged(file, offset)
            return Contents(records, offset)
        records.append(record)
        offset += len(line)
    return Contents(records, offset)


class Journal:
    """The journal open for appending: the holder of the lock is its only writer."""

    def __init__(self, file: Path) -> None:
        """Check what is there, cut off an incomplete last record, and open the file to append."""
        self.file = file
        contents = read(file)
        self._next = contents.records[-1]["seq"] + 1 if contents.records else 1
        if contents.end > ROTATE_AT:
            file.replace(file.with_suffix(".jsonl.1"))
            contents = Contents([], 0)
        self._descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        os.ftruncate(self._descriptor, contents.end)
        os.lseek(self._descriptor, contents.end, os.SEEK_SET)
        self._good_end = contents.end

    def append(self, record: Record) -> None:
        """Write one record so that it survives a power cut. Raises OSError; earlier records stay as they are."""
        line = encode({"seq": self._next, **record})
        try:
            written = os.write(self._descriptor, line)
            if written != len(line):
                raise OSError(28, "no space for the whole record", str(self.file))
            os.fsync(self._descriptor)
        except OSError:
            os.ftruncate(self._descriptor, self._good_end)  # a part of the record may be there
            os.lseek(self._descriptor, self._good_end, os.SEEK_SET)
            raise
        self._good_end += len(line)
        self._next += 1

    def close(self) -> None:
        with suppress(OSError):  # every record is on disk already
            os.close(self._descriptor)


class RunJournal:
    """The records of one run, tied together by `token`."""

    def __init__(self, journal: Journal, token: str, progress: Progress) -> None:
        self._journal = journal
        self._token = token
        self._progress = progress
        self._must_write = True

    def begin(self, what: str, operator: str, release: int, before: int | None, steps: list[Step]) -> None:
        """Preflight has passed and the run starts."""
        plan = [step.to_json() for step in steps]
        self._write("begin", {"what": what, "operator": operator, "release": release, "from": before, "plan": plan})

    def intend(self, steps: list[Step]) -> None:
        self._write("intend", {"steps": [step.to_json() for step in steps]})

    def done(self, steps: list[Step], results: list[str]) -> None:
        pairs = [f"{step.kind}: {result}" for step, result in zip(steps, results, strict=True)]
        self._write("done", {"results": pairs})

    def reverting(self, error: dict[str, object]) -> None:
        """A step failed. From here on, write failures are reported but don't stop the run: serving matters more."""
        self._must_write = False
        self._write("going back", {"error": error})

    def end(self, outcome: str, seconds: float, error: dict[str, object] | None) -> None:
        """The run is over. The outcome stands, so a write failure is only reported."""
        self._must_write = False
        self._write("end", {"outcome": outcome, "seconds": round(seconds, 1), "error": error})

    def _write(self, event: str, record: dict[str, Any]) -> None:
        try:
            self._journal.append({"time": utc_now(), "run": self._token, "event": event, **record})
        except OSError as error:
            if self._must_write:
                raise
            self._progress.say(f"the journal could not be written: {error}")


def _lines(data: bytes) -> Iterator[bytes]:
    start = 0
    while start < len(data):
        end = data.find(b"\n", start) + 1 or len(data)
        yield data[start:end]
        start = end


def _line(record: Record) -> bytes:
    return json.dumps(record, separators=(",", ":"), sort_keys=True, ensure_ascii=True).encode() + b"\n"


def _sum(record: Record) -> str:
    return hashlib.sha256(_line(record)).hexdigest()[:16]


def _decode(line: bytes, expected: int | None) -> Record | None:
    try:
        record = json.loads(line)
    except ValueError:
        return None
    if not line.endswith(b"\n") or not isinstance(record, dict) or "sum" not in record:
        return None
    given = record.pop("sum")
    if given != _sum(record) or (expected is not None and record.get("seq") != expected):
        return None
    return record


def _damaged(file: Path, offset: int) -> RefusedError:
    fix = f"move it aside (`mv {file} {file}.damaged`): serving and releases don't depend on it"
    return RefusedError("journal: damaged, and not by a crash", f"{file}, at byte {offset}", fix)
