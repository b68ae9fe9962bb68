"""The README's recording: real commands in a real terminal, shortened and rendered."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.docs import programs
from tests.recording import __main__ as recording
from tests.recording import cast, transcript

HEADER = json.dumps({"version": 2, "width": 80, "height": 24, "timestamp": 1, "env": {"SHELL": "/bin/bash"}})


def shortened(*events: tuple[float, str]) -> list[tuple[float, str]]:
    lines = [HEADER, *(json.dumps([time, "o", text]) for time, text in events)]
    return [(time, text) for time, _, text in map(json.loads, cast.shorten("\n".join(lines)).splitlines()[1:])]


def test_pauses_are_capped_and_a_command_is_followed_by_a_rest() -> None:
    assert shortened((0.1, "a"), (60.0, f"b{cast.PAUSE}"), (60.1, "c")) == [
        (0.1, "a"),
        (0.4, "b"),
        (2.4, "c"),
        (6.4, ""),
    ]


def test_what_comes_at_once_is_one_frame() -> None:
    assert shortened((0.1, "a"), (0.15, "b"), (0.2, "c"), (0.3, "d"))[:2] == [(0.1, "abc"), (0.3, "d")]


def test_its_header_names_nothing_of_the_machine() -> None:
    assert json.loads(cast.shorten(HEADER).splitlines()[0]) == {"version": 2, "width": 80, "height": 24}


def test_a_transcript_has_a_block_for_each_command_and_what_lines_showed_last() -> None:
    events = ["$ one\r\n", "half\rwhole\r\n", cast.PAUSE, "\x1b[1m$ two\x1b[0m\r\n  done  \r\n", cast.PAUSE]
    lines = [HEADER, *(json.dumps([1.0, "o", text]) for text in events)]
    document = transcript.write("\n".join(lines), "2026-01-02")
    assert document.partition("that run.\n")[2] == "\n```text\n$ one\nwhole\n```\n\n```text\n$ two\n  done\n```\n"


def test_another_format_is_an_error() -> None:
    with pytest.raises(ValueError, match="not an asciicast of version 2"):
        cast.shorten('{"version": 1}')


def test_commands_run_in_a_terminal_and_become_an_svg(tmp_path: Path) -> None:
    programs.install("npm", "npm")
    scenes, unseen = tmp_path / "scenes.txt", tmp_path / "unseen"
    scenes.write_text(f"# a comment\n@touch {unseen}\ntest -t 1 && printf 'a \\033[31mterminal\\033[0m\\n'\n")
    recorded = recording.record(scenes)
    recording.render(cast.shorten(recorded), tmp_path / "recording.svg")

    svg = ElementTree.parse(tmp_path / "recording.svg").getroot()
    text = " ".join("".join(element.itertext()) for element in svg.iter("{http://www.w3.org/2000/svg}text"))
    assert unseen.exists()
    assert svg.tag == "{http://www.w3.org/2000/svg}svg"
    assert "terminal" in text
    assert "touch" not in text
    document = transcript.write(recorded, "2026-01-02")
    command = "$ test -t 1 && printf 'a \\033[31mterminal\\033[0m\\n'"
    assert document.endswith(f"of that run.\n\n```text\n{command}\na terminal\n```\n")


def test_a_command_that_fails_ends_it(tmp_path: Path) -> None:
    scenes = tmp_path / "scenes.txt"
    scenes.write_text("exit 7\n")
    with pytest.raises(SystemExit, match="found: exit code 7"):
        recording.record(scenes)
