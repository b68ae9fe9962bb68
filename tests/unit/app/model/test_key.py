"""The key of a model's endpoint, in its file."""

import os
from pathlib import Path

import pytest

from app.model.key import BadKeyError, KeyFile, read_key
from tests.unit.app.model.calls import MESSAGES, errand, model
from tests.unit.app.model_server import ModelServer, says


def test_the_key_is_sent_and_a_new_one_is_read_while_running(
    server: ModelServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    path = tmp_path / "key"
    path.write_text("first-key\n")
    server.replies = [says("a"), says("b"), says("c"), says("d")]
    asking = model(server, key=str(path))

    asking.ask(MESSAGES, errand())
    (tmp_path / "new").write_text("second-key")
    (tmp_path / "new").rename(path)
    asking.ask(MESSAGES, errand())
    # Half a replacement, or none, leaves the key as it was.
    path.write_text("")
    os.utime(path, (1, 1))
    asking.ask(MESSAGES, errand())
    path.unlink()
    asking.ask(MESSAGES, errand())

    assert server.keys == ["Bearer first-key", "Bearer second-key", "Bearer second-key", "Bearer second-key"]
    assert "-key" not in caplog.text
    assert "-key" not in repr(vars(asking)).replace(str(path), "")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "it is empty"),
        (b" \n", "it is empty"),
        (b"two words", "it holds more than one line or word"),
        (b"a\nb", "it holds more than one line or word"),
        (b"\xff\xfe", "it holds characters that no key has"),
        (None, "it cannot be read: No such file or directory"),
    ],
)
def test_a_file_without_a_key_is_refused_without_showing_it(
    tmp_path: Path, content: bytes | None, message: str
) -> None:
    path = tmp_path / "key"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadKeyError) as caught:
        read_key(str(path))
    assert str(caught.value) == message


@pytest.mark.parametrize("content", [b"sk-1", b"sk-1\n", b"sk-1\r\n", b" sk-1 \n\n"])
def test_space_around_a_key_is_none_of_it(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "key").write_bytes(content)

    assert read_key(str(tmp_path / "key")) == "sk-1"


def test_missing_key_file_means_no_key(tmp_path: Path) -> None:
    with pytest.raises(BadKeyError, match="it cannot be read: Is a directory"):
        read_key(str(tmp_path))


def test_a_key_that_is_not_there_yet_is_waited_for_without_an_error(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    key = KeyFile(str(tmp_path / "key"))
    assert key.headers() == {}
    assert "the language model's key cannot be read anew" in caplog.text

    (tmp_path / "key").write_text("sk-1\n")
    assert key.headers() == {"Authorization": "Bearer sk-1"}
