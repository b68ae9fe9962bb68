"""Whoever comes, with whatever: by keyboard, by ear, on a phone, in the dark, over a thin line."""

import pytest
from playwright.sync_api import CDPSession, Page, expect

from tests.page import programs
from tests.page.conftest import PHONE, Open, Served, ask

WCAG_AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
BUDGET_BYTES = 100_000
SCRIPT_BYTES = 15_000
TARGET_PIXELS = 44

# From a fresh page to the state to be looked at.
SCENES = {
    "first page": lambda page: page.wait_for_selector("#question"),
    "under way": lambda page: _after(page, "endless", ".underway"),
    "answered": lambda page: _after(page, "quick", ".answer"),
    "markdown": lambda page: _after(page, "stream", ".answer"),
    "asked back": lambda page: _after(page, "ask back", "#reply"),
    "failed": lambda page: _after(page, "disagree", ".answer"),
    "refused": lambda page: _after(page, " " * 3, ".error", novalidate=True),
    "list": lambda page: (_after(page, "disagree", ".answer"), page.click(".all"), page.wait_for_selector(".listed")),
    "menu": lambda page: (_after(page, "disagree", ".answer"), page.click(".heading summary")),
    "not there": lambda page: page.goto(f"{page.url}conversations", wait_until="load"),
}


def _after(page: Page, question: str, css: str, *, novalidate: bool = False) -> None:
    if novalidate:
        page.evaluate("document.querySelector('.composer').noValidate = true")
    page.locator("#question").fill(question)
    page.locator(".composer button").click()
    page.locator(css).first.wait_for()


def violations(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 AA, with where."""
    # Moving things are looked at when they have come.
    page.evaluate(
        "Promise.all(document.getAnimations().filter(one => one.effect.getTiming().iterations === 1)"
        ".map(one => one.finished))"
    )
    if not page.evaluate("'axe' in window"):
        page.evaluate(programs.axe())
    found = page.evaluate("tags => axe.run(document, { runOnly: { type: 'tag', values: tags } })", WCAG_AA)
    assert len(found["passes"]) > 10
    return [
        f"{rule['id']}: {node['target']} {node['failureSummary']}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("scene", SCENES)
def test_wcag_aa_is_kept(scripted: Served, open_page: Open, scene: str) -> None:
    page = open_page(scripted.url, color_scheme="light")
    SCENES[scene](page)
    grounds = set()
    for colours in ("light", "dark"):
        page.emulate_media(color_scheme=colours)
        assert violations(page) == []
        grounds.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))

    assert len(grounds) == 2


@pytest.mark.parametrize("scene", SCENES)
def test_a_phone_needs_no_scrolling_aside_and_targets_are_large(scripted: Served, open_page: Open, scene: str) -> None:
    page = open_page(scripted.url, **PHONE)
    SCENES[scene](page)

    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["viewport"]["width"]
    sizes = page.evaluate(
        "[...document.querySelectorAll('button, summary, nav a, .listed a, .more a, textarea')]"
        ".filter(one => one.checkVisibility({ visibilityProperty: true }))"
        ".map(one => [one.outerHTML.slice(0, 80), one.offsetHeight])"
    )
    assert len(sizes) > 4
    assert [(what, height) for what, height in sizes if height < TARGET_PIXELS] == []
    assert violations(page) == []


@pytest.mark.parametrize("width", [320, 640, 1024])
def test_every_width_is_enough(scripted: Served, open_page: Open, width: int) -> None:
    """320 is WCAG's own: 1280 at four times the size (1.4.10, reflow)."""
    page = open_page(scripted.url, viewport={"width": width, "height": 600})
    ask(page, f"quick: {'long' * 100}")
    page.locator(".answer").wait_for()

    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_keyboard_is_enough(scripted: Served, open_page: Open) -> None:
    page = open_page(f"{scripted.url}/conversations")
    focused = "document.activeElement.innerText.trim()"
    page.keyboard.press("Tab")
    assert page.evaluate(focused) == "Skip to the conversation"
    assert page.locator(".skip").bounding_box()["y"] >= 0
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.keyboard.press("Tab")
    assert page.evaluate(focused) == "Ask the agents something"
    page.keyboard.press("Enter")

    # The field has the focus on the page of a new question.
    expect(page.locator("#question")).to_be_focused()
    page.keyboard.type("ask back")
    page.keyboard.press("Shift+Enter")
    page.keyboard.press("Backspace")
    page.keyboard.press("Enter")
    expect(page.locator("#reply")).to_be_focused()
    page.keyboard.type("pints")
    page.keyboard.press("Tab")
    assert page.evaluate(focused) == "Reply"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    expect(page.locator(".result")).to_have_text("In pints it is 12.")

    page.keyboard.type("endless")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Cancel")).to_be_visible()
    for _ in range(12):
        page.keyboard.press("Shift+Tab")
        if page.evaluate(focused) == "Cancel":
            break
    page.keyboard.press("Enter")
    expect(page.locator(".result").last).to_have_text("You stopped this.")
    expect(page.locator("#question")).to_be_focused()


def test_a_screen_reader_hears_the_answer_and_not_every_line(scripted: Served, open_page: Open) -> None:
    page = open_page(scripted.url)
    page.evaluate(
        "window.heard = []; new MutationObserver(() => heard.push(document.getElementById('said').textContent))"
        ".observe(document.getElementById('said'), { childList: true, characterData: true, subtree: true })"
    )
    ask(page, "slow")
    page.locator(".answer").wait_for()
    expect(page.locator("#said")).to_have_text("Answer: x = 1/2 or x = 1/3")

    heard = page.evaluate("heard")
    assert heard[0] == "The agents are at work"
    assert heard[-1] == "Answer: x = 1/2 or x = 1/3"
    assert len(heard) <= 4
    assert page.locator("#said").get_attribute("role") == "status"
    assert page.locator("[aria-live], [role=log], [role=alert]").count() == 0


def test_forced_colours_hide_nothing(scripted: Served, open_page: Open) -> None:
    """Grounds are replaced there, and edges that were not to be seen are."""
    page = open_page(scripted.url, forced_colors="active")
    ask(page, "quick")
    page.locator(".answer").wait_for()

    ground = "one => getComputedStyle(one).backgroundColor"
    assert page.locator(".next").evaluate(ground) == page.locator("body").evaluate(ground)
    for css in (".asked", ".checked", ".solver", ".answer"):
        edge = page.locator(css).first.evaluate("one => getComputedStyle(one).borderTop")
        assert edge == "1px solid rgb(0, 0, 0)", css
    page.locator("#question").focus()
    expect(page.locator(".field")).to_have_css("outline-style", "solid")
    for css in ("#beside [aria-current]", ".theme [aria-pressed=true]"):
        expect(page.locator(css)).to_have_css("outline-style", "solid")


def test_a_low_window_is_for_what_is_said(scripted: Served, open_page: Open) -> None:
    page = open_page(scripted.url, viewport={"width": 640, "height": 430})
    ask(page, "quick")
    page.locator(".answer").wait_for()
    expect(page.locator(".next")).to_have_css("position", "static")

    page.set_viewport_size({"width": 640, "height": 800})
    expect(page.locator(".next")).to_have_css("position", "sticky")


def test_motion_is_only_for_those_who_want_it(scripted: Served, open_page: Open) -> None:
    for wish, moves in (("no-preference", True), ("reduce", False)):
        page = open_page(scripted.url, reduced_motion=wish)
        ask(page, "endless")
        page.locator(".exchange li").first.wait_for()
        page.wait_for_timeout(400)
        assert bool(page.evaluate("document.getAnimations().length")) is moves


def test_printed_it_is_the_conversation_alone(scripted: Served, open_page: Open) -> None:
    page = open_page(scripted.url, color_scheme="dark")
    ask(page, "quick")
    page.locator(".answer").wait_for()
    page.emulate_media(media="print")

    for css in (".asked", ".result", ".exchange li"):
        expect(page.locator(css).first).to_be_visible()
    for css in ("footer", ".bar", "#beside", ".next", ".more"):
        expect(page.locator(css).first).to_be_hidden()
    assert page.evaluate("getComputedStyle(document.querySelector('.asked')).color") == "rgb(26, 33, 36)"


def _count_bytes(page: Page) -> dict[str, int]:
    """Bytes on the wire by address, as they come."""
    session: CDPSession = page.context.new_cdp_session(page)
    session.send("Network.enable")
    names: dict[str, str] = {}
    received: dict[str, int] = {}
    session.on("Network.requestWillBeSent", lambda sent: names.update({sent["requestId"]: sent["request"]["url"]}))
    session.on(
        "Network.loadingFinished",
        lambda done: received.update({names[done["requestId"]]: int(done["encodedDataLength"])}),
    )
    return received


def test_it_is_small(scripted: Served, open_page: Open) -> None:
    page = open_page("about:blank")
    received = _count_bytes(page)
    page.goto(scripted.url)
    ask(page, "quick")
    page.locator(".answer math").first.wait_for()
    page.wait_for_load_state("networkidle")

    assert any("page.js" in name for name in received)
    assert sum(received.values()) < BUDGET_BYTES, received
    assert sum(size for name, size in received.items() if ".js" in name) < SCRIPT_BYTES


def test_a_changed_script_is_not_run(scripted: Served, open_page: Open, complaints: list[str]) -> None:
    page = open_page("about:blank")
    changed = {"content_type": "text/javascript", "body": "window.changed = 1;"}
    page.route("**/page.js*", lambda route: route.fulfill(**changed))
    page.goto(scripted.url)

    assert page.evaluate("window.changed") is None
    assert "integrity" in complaints.pop()
