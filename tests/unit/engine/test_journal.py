"""Does the journal lose only an incomplete last record, and notice all other damage?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from engine.longshore.errors import RefusedError
from engine.longshore.running import journal
from engine.longshore.running.journal import Journal

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A journal of three records."""
    path = tmp_path / "journal.jsonl"
    written = Journal(path)
    for number in range(3):
        written.append({"event": "test", "number": number, "text": "späť\n"})
    written.close()
    return path


def numbers(file: Path) -> list[int]:
    return [record["number"] for record in journal.read(file).records]


def test_records_are_read_in_order(file: Path) -> None:
    assert numbers(file) == [0, 1, 2]
    assert [record["seq"] for record in journal.read(file).records] == [1, 2, 3]


def test_a_missing_journal_is_empty(tmp_path: Path) -> None:
    assert journal.read(tmp_path / "none").records == []


def test_a_cut_in_the_last_record_loses_only_that_record(file: Path) -> None:
    whole = file.read_bytes()
    start = whole.rstrip(b"\n").rfind(b"\n") + 1
    for end in range(start, len(whole)):
        file.write_bytes(whole[:end])
        assert numbers(file) == [0, 1], f"cut at byte {end}"
        again = Journal(file)
        again.append({"number": 9})
        again.close()
        assert numbers(file) == [0, 1, 9], f"cut at byte {end}"


def test_a_flipped_bit_before_the_last_record_is_refused(file: Path) -> None:
    whole = file.read_bytes()
    start = whole.rstrip(b"\n").rfind(b"\n") + 1
    second = whole.find(b"\n") + 1
    for position in range(start - 1):
        damaged = bytearray(whole)
        damaged[position] ^= 0x01
        file.write_bytes(damaged)
        with pytest.raises(RefusedError) as refusal:
            journal.read(file)
        begins = 0 if position < second - 1 else second
        if damaged[position] != 0x0B and whole[position] != 0x0A:  # a flipped newline joins two records
            assert refusal.value.found == f"{file}, at byte {begins}"
        assert refusal.value.fix.startswith(f"move it aside (`mv {file} {file}.damaged`)")


def test_a_removed_or_moved_record_is_refused(file: Path) -> None:
    first, second, third = file.read_bytes().splitlines(keepends=True)
    for lines in ([first, third, third], [second, first, third]):
        file.write_bytes(b"".join(lines))
        with pytest.raises(RefusedError, match="damaged"):
            journal.read(file)


def test_a_failed_write_keeps_earlier_records(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = Journal(file)
    size = file.stat().st_size

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        opened.append({"number": 3, "text": "x" * 1000})
    monkeypatch.undo()
    assert file.stat().st_size == size
    opened.append({"number": 4})
    opened.close()
    assert numbers(file) == [0, 1, 2, 4]


def test_a_large_journal_is_rotated_and_numbering_continues(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "ROTATE_AT", 10)
    opened = Journal(file)
    opened.append({"number": 3})
    opened.close()
    assert [record["seq"] for record in journal.read(file).records] == [4]
    assert numbers(file.with_suffix(".jsonl.1")) == [0, 1, 2]
