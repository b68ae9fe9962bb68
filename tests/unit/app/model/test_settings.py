"""The settings of a language model."""

from pathlib import Path

import pytest

from app.settings import Settings, SettingsError


def settings(**environ: str) -> str:
    with pytest.raises(SettingsError) as caught:
        Settings.read(environ)
    return str(caught.value)


def test_settings_of_a_model_are_read(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("k")
    found = Settings.read(
        {
            "LLM_BASE_URL": "https://models.example/v1",
            "LLM_MODEL": "tiny",
            "LLM_API_KEY_FILE": str(tmp_path / "key"),
            "LLM_TIMEOUT_SECONDS": "9",
            "LLM_BUDGET_TOKENS": "5000",
            "LLM_PROMPT_PRICE": "0.15",
            "LLM_COMPLETION_PRICE": "0.6",
        }
    )
    assert (found.llm_base_url, found.llm_model) == ("https://models.example/v1", "tiny")
    assert (found.llm_timeout_seconds, found.llm_budget_tokens) == (9, 5000)
    assert (found.llm_prompt_price, found.llm_completion_price) == (0.15, 0.6)


def test_all_invalid_model_settings_are_listed_at_once() -> None:
    assert settings(
        LLM_MODEL="tiny", LLM_API_KEY_FILE="/nowhere/key", LLM_TIMEOUT_SECONDS="0", LLM_BUDGET_TOKENS="10",
        LLM_PROMPT_PRICE="cheap", LLM_API_KEY="sk-secret",
    ) == (
        "settings: LLM_API_KEY_FILE holds no key\n"
        "  found: LLM_API_KEY_FILE=/nowhere/key: it cannot be read: No such file or directory\n"
        "  fix: name a file with the key on one line\n"
        "settings: LLM_TIMEOUT_SECONDS is out of range\n"
        "  found: LLM_TIMEOUT_SECONDS=0\n"
        "  fix: use a whole number from 1 to 600, or unset it\n"
        "settings: LLM_BUDGET_TOKENS is out of range\n"
        "  found: LLM_BUDGET_TOKENS=10\n"
        "  fix: use a whole number from 1000 to 999999, or unset it\n"
        "settings: LLM_PROMPT_PRICE is no price\n"
        "  found: LLM_PROMPT_PRICE=cheap\n"
        "  fix: use the price of a million tokens, such as 0.15\n"
        "settings: a language model needs LLM_BASE_URL\n"
        "  found: LLM_API_KEY_FILE, LLM_BUDGET_TOKENS, LLM_MODEL, LLM_PROMPT_PRICE, LLM_TIMEOUT_SECONDS and no "
        "LLM_BASE_URL\n"
        "  fix: set LLM_BASE_URL and LLM_MODEL, or nothing that begins with LLM_\n"
        "settings: a price is missing\n"
        "  found: LLM_PROMPT_PRICE alone\n"
        "  fix: set LLM_PROMPT_PRICE and LLM_COMPLETION_PRICE\n"
        "settings: a key in the environment is not read\n"
        "  found: LLM_API_KEY\n"
        "  fix: put it in a file, LLM_API_KEY_FILE"
    )  # fmt: skip


@pytest.mark.parametrize(
    "url",
    ["models.example", "ftp://a/v1", "http://", "http://a:0/v1", "http://a:99999/", "http://a/v1?x=1", "http://a b/"],
)  # fmt: skip
def test_invalid_model_url_is_refused(url: str) -> None:
    assert f"LLM_BASE_URL is not an address\n  found: LLM_BASE_URL={url}\n" in settings(LLM_BASE_URL=url, LLM_MODEL="m")


def test_password_in_a_model_url_is_not_shown() -> None:
    found = settings(LLM_BASE_URL="https://me:secret@a/v1", LLM_MODEL="m")

    assert "LLM_BASE_URL holds a user" in found
    assert "secret" not in found
