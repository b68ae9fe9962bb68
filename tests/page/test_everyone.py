"""Accessibility: keyboard, screen reader, phone, dark mode, forced colors, reduced motion, a slow connection."""

import pytest
from playwright.sync_api import CDPSession, Page, expect

from tests.page import programs
from tests.page.conftest import PHONE, Open, Pace, Served, ask, wait_until

WCAG_AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
BUDGET_BYTES = 100_000
SCRIPT_BYTES = 15_000
TARGET_PIXELS = 44

# From a fresh page to the state to be looked at, and all of it: nothing is added to the page afterwards.
SCENES = {
    "first page": lambda page: page.wait_for_selector("#question"),
    "under way": lambda page: (_after(page, "endless", ".underway"), page.wait_for_selector(".exchange li")),
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


# What moves, from the first document of a page on. An animation that repeats without end (the dots of a task under way)
# never comes to rest, and colours no text.
RECORDED_MOTION = """
window.moved = [];
window.passing = 0;
for (const kind of ["animationstart", "transitionrun"]) {
  document.addEventListener(kind, (event) => {
    moved.push(event.animationName ?? event.propertyName);
    const repeated = getComputedStyle(event.target, event.pseudoElement).animationIterationCount;
    if (kind === "transitionrun" || repeated !== "infinite") passing += 1;
  }, true);
}
"""
AT_REST = "document.getAnimations().every(one => one.effect.getTiming().iterations === Infinity)"


def opened_to(scene: str, address: str, open_page: Open, **options: object) -> Page:
    page = open_page("about:blank", **options)
    page.add_init_script(RECORDED_MOTION)
    page.goto(address)
    SCENES[scene](page)
    return page


def drawn(page: Page) -> None:
    """Wait until what changed is drawn: by then the browser has said what begins to move."""
    page.evaluate("new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))")


def motions(page: Page) -> list[str]:
    """The animations and transitions that have begun so far."""
    drawn(page)
    return page.evaluate("moved")


def violations(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 AA, with where, once everything that fades in or moves has come to rest."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(programs.axe())
    drawn(page)
    wait_until(page, AT_REST)
    begun = page.evaluate("passing")
    found = page.evaluate("tags => axe.run(document, { runOnly: { type: 'tag', values: tags } })", WCAG_AA)
    drawn(page)
    assert page.evaluate("passing") == begun, "the page moved while it was looked at"
    assert len(found["passes"]) > 10
    return [
        f"{rule['id']}: {node['target']} {node['failureSummary']}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("scene", SCENES)
def test_page_meets_wcag_aa_in_light_and_dark(scripted: Served, open_page: Open, scene: str) -> None:
    page = opened_to(scene, scripted.url, open_page, color_scheme="light")
    grounds = set()
    for colours in ("light", "dark"):
        page.emulate_media(color_scheme=colours)
        assert violations(page) == []
        grounds.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))

    assert len(grounds) == 2


@pytest.mark.parametrize("scene", SCENES)
def test_phone_page_fits_the_width_with_large_targets_and_meets_wcag_aa(
    scripted: Served, open_page: Open, scene: str
) -> None:
    page = opened_to(scene, scripted.url, open_page, reduced_motion="reduce", **PHONE)

    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["viewport"]["width"]
    sizes = page.evaluate(
        "[...document.querySelectorAll('button, summary, nav a, .listed a, .more a, textarea')]"
        ".filter(one => one.checkVisibility({ visibilityProperty: true }))"
        ".map(one => [one.outerHTML.slice(0, 80), one.offsetHeight])"
    )
    assert len(sizes) > 4
    assert [(what, height) for what, height in sizes if height < TARGET_PIXELS] == []
    assert violations(page) == []
    assert motions(page) == []


@pytest.mark.parametrize("width", [320, 640, 1024])
def test_page_never_scrolls_sideways(scripted: Served, open_page: Open, width: int) -> None:
    """320 is WCAG's own: 1280 at four times the size (1.4.10, reflow)."""
    page = open_page(scripted.url, viewport={"width": width, "height": 600})
    ask(page, f"quick: {'long' * 100}")
    page.locator(".answer").wait_for()

    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_keyboard_alone_is_enough(scripted: Served, open_page: Open) -> None:
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


def test_screen_reader_hears_the_answer_and_a_line_at_most_every_four_seconds(
    scripted: Served, open_page: Open, pace: Pace
) -> None:
    page = open_page(scripted.url)
    page.clock.install()
    page.goto(scripted.url)
    page.evaluate(
        "window.heard = []; new MutationObserver(() => heard.push(document.getElementById('said').textContent))"
        ".observe(document.getElementById('said'), { childList: true, characterData: true, subtree: true })"
    )
    page.clock.pause_at(page.evaluate("Date.now() + 1000"))
    pace.allow(3)
    ask(page, f"paced:{pace.name}")
    expect(page.locator(".exchange li")).to_have_count(3)
    assert page.evaluate("heard") == ["The agents are at work"]

    page.clock.run_for(4000)
    pace.allow(7)
    expect(page.locator(".exchange li")).to_have_count(7)
    pace.allow(8)
    page.locator(".answer").wait_for()
    expect(page.locator("#said")).to_have_text("Answer: x = 1/2 or x = 1/3")

    heard = page.evaluate("heard")
    assert heard == [
        "The agents are at work",
        "Planner: Checked by Simpson's rule: 1/2 is right.",
        "Answer: x = 1/2 or x = 1/3",
    ]
    assert page.locator("#said").get_attribute("role") == "status"
    assert page.locator("[aria-live], [role=log], [role=alert]").count() == 0


def test_forced_colors_hide_nothing(scripted: Served, open_page: Open) -> None:
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


def test_question_field_does_not_cover_a_low_window(scripted: Served, open_page: Open) -> None:
    page = open_page(scripted.url, viewport={"width": 640, "height": 430})
    ask(page, "quick")
    page.locator(".answer").wait_for()
    expect(page.locator(".next")).to_have_css("position", "static")

    page.set_viewport_size({"width": 640, "height": 800})
    expect(page.locator(".next")).to_have_css("position", "sticky")


def test_animations_run_by_default(scripted: Served, open_page: Open) -> None:
    page = opened_to("under way", scripted.url, open_page, reduced_motion="no-preference")

    assert set(motions(page)) == {"come", "wait"}


def test_nothing_animates_with_reduced_motion(scripted: Served, open_page: Open) -> None:
    page = opened_to("under way", scripted.url, open_page, reduced_motion="reduce")

    assert motions(page) == []
    assert page.evaluate("document.getAnimations().length") == 0
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"


def test_print_shows_only_the_conversation(scripted: Served, open_page: Open) -> None:
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


def test_page_stays_within_its_byte_budget(scripted: Served, open_page: Open) -> None:
    page = open_page("about:blank")
    received = _count_bytes(page)
    page.goto(scripted.url)
    ask(page, "quick")
    page.locator(".answer math").first.wait_for()
    page.wait_for_load_state("networkidle")

    assert any("page.js" in name for name in received)
    assert sum(received.values()) < BUDGET_BYTES, received
    assert sum(size for name, size in received.items() if ".js" in name) < SCRIPT_BYTES


def test_tampered_script_is_not_run(scripted: Served, open_page: Open, complaints: list[str]) -> None:
    page = open_page("about:blank")
    changed = {"content_type": "text/javascript", "body": "window.changed = 1;"}
    page.route("**/page.js*", lambda route: route.fulfill(**changed))
    page.goto(scripted.url)

    assert page.evaluate("window.changed") is None
    assert "integrity" in complaints.pop()
