"""Takes a screenshot of the example application's page after a question."""

from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.page import programs

QUESTION = "What is 15% of 240 km in miles?"
ANSWER = "22.37 miles"


def take(url: str, path: Path) -> None:
    """Ask in Chromium, wait for the answer with the whole exchange, and write the picture."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=programs.chromium(), args=["--no-sandbox"])
        # The sandbox's certificate is from an authority of its own.
        context = browser.new_context(
            viewport={"width": 1200, "height": 860}, color_scheme="light", ignore_https_errors=True
        )
        page = context.new_page()
        # A machine that runs a sandbox may have other work.
        page.set_default_timeout(120_000)
        page.goto(url)
        page.locator("#question").fill(QUESTION)
        page.locator("#question").press("Enter")
        page.locator(".answer .result", has_text=ANSWER).wait_for()
        page.locator("#question").blur()
        page.screenshot(path=path, animations="disabled")
        browser.close()
