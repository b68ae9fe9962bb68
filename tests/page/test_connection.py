"""Late, interrupted and failed requests: nothing is lost, and the page never claims what is not true."""

from collections.abc import Sequence

from playwright.sync_api import APIResponse, Page, Route, expect

from tests.page.conftest import PATIENCE_MILLISECONDS, Open, Pace, Served, ask, wait_until
from tests.page.scripted import EXCHANGE


def drop_expected(complaints: list[str], expected: str) -> None:
    """Remove the complaints that a test provoked; all others stay."""
    assert any(expected in text for text in complaints)
    complaints[:] = [text for text in complaints if expected not in text]


def wait_for_held(page: Page, number: int, held: Sequence[object]) -> None:
    """Wait until so many requests are held back; they are noticed while the page is waited for."""
    for _ in range(PATIENCE_MILLISECONDS // 20):
        if len(held) >= number:
            return
        page.wait_for_timeout(20)
    raise AssertionError(f"{len(held)} requests are held back, not {number}")


def test_interrupted_stream_resumes_where_it_stopped(scripted: Served, open_page: Open, pace: Pace) -> None:
    page = open_page(scripted.url)
    pace.allow(2)
    ask(page, f"paced:{pace.name}")
    page.locator(".exchange li").nth(1).wait_for()

    with page.expect_response("**/events"):
        scripted.reload()
    pace.allow(8)

    expect(page.locator(".answer math")).to_have_count(2)
    expect(page.locator(".exchange .who span")).to_have_text(EXCHANGE)


def test_text_typed_during_a_cancel_is_kept(scripted: Served, open_page: Open) -> None:
    page = open_page(scripted.url)
    cancels: list[Route] = []
    page.route("**/cancel", lambda route: cancels.append(route))  # noqa: PLW0108 - it sets an attribute on what it is given
    ask(page, "held")
    page.get_by_role("button", name="Cancel").click()
    page.locator("#question").fill("quick")
    page.evaluate("document.querySelector('main > *').dataset.before = 'yes'")
    wait_for_held(page, 1, cancels)
    cancels[0].continue_()
    expect(page.locator("[data-before]")).to_have_count(0)
    expect(page.locator(".answer")).to_contain_text("You stopped this.")
    expect(page.locator("#question")).to_have_value("quick")


def test_late_response_does_not_replace_a_newer_page(scripted: Served, open_page: Open) -> None:
    page = open_page(scripted.url)
    late: list[tuple[Route, APIResponse]] = []
    page.route("**/cancel", lambda route: late.append((route, route.fetch())))
    ask(page, "held")
    form = page.locator(".underway").element_handle()
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator(".answer")).to_contain_text("You stopped this.")
    ask(page, "quick")
    expect(page.locator(".turn")).to_have_count(2)
    wait_for_held(page, 1, late)
    # A form, even one that is gone from the page, is busy until its answer has been dealt with.
    assert form.get_attribute("aria-busy") == "true"
    late[0][0].fulfill(response=late[0][1])
    wait_until(page, "form => !form.hasAttribute('aria-busy')", form)
    assert page.locator(".turn").count() == 2


def test_sent_question_is_not_restored_by_an_earlier_cancel(scripted: Served, open_page: Open) -> None:
    page = open_page(scripted.url)
    ask(page, "held")
    page.locator(".exchange li").first.wait_for()
    held: list[Route] = []
    page.route("**/*", lambda route: held.append(route) if route.request.method == "POST" else route.continue_())
    page.get_by_role("button", name="Cancel").click()
    ask(page, "quick")
    wait_for_held(page, 2, held)
    cancel, question = held
    page.evaluate("document.querySelector('main > *').dataset.before = 'yes'")
    cancel.continue_()
    expect(page.locator("[data-before]")).to_have_count(0)
    question.continue_()
    expect(page.locator(".turn")).to_have_count(2)
    expect(page.locator("#question")).to_have_value("")


def test_refused_stream_is_retried(scripted: Served, open_page: Open, complaints: list[str]) -> None:
    page = open_page(scripted.url)
    page.route("**/events", lambda route: route.fulfill(status=503))
    ask(page, "slow")
    working = page.locator("[data-working-text]")
    expect(working).to_have_text("The connection is lost; trying again")

    page.unroute("**/events")
    expect(page.locator(".answer math")).to_have_count(2)
    drop_expected(complaints, "status of 503")


def test_lost_connection_is_announced_and_resumed(scripted: Served, open_page: Open, complaints: list[str]) -> None:
    page = open_page(scripted.url)
    ask(page, "endless")
    page.locator(".exchange li").wait_for()
    working = page.locator("[data-working-text]")
    page.context.set_offline(True)
    expect(working).to_have_text("The connection is lost; trying again")
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator(".unsent")).to_be_visible()

    with page.expect_response("**/events"):
        page.context.set_offline(False)
    expect(working).to_have_text("The agents are at work")
    assert page.locator(".exchange li").count() == 1
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator(".answer")).to_contain_text("You stopped this.")
    drop_expected(complaints, "net::ERR_INTERNET_DISCONNECTED")


def test_reopened_page_follows_the_task_again(scripted: Served, open_page: Open, pace: Pace) -> None:
    page = open_page(scripted.url)
    pace.allow(1)
    ask(page, f"paced:{pace.name}")
    page.locator(".exchange li").first.wait_for()
    page.goto(page.url)
    expect(page.locator(".underway")).to_have_count(1)
    pace.allow(8)

    expect(page.locator(".answer math")).to_have_count(2)
    expect(page.locator(".exchange .who span")).to_have_text(EXCHANGE)


# The page's own listeners, added later, run at the same event and after this one.
RECORDED_STREAMS = """
window.received = 0;
window.EventSource = class extends EventSource {
  constructor(...options) {
    super(...options);
    this.addEventListener("message", () => { received += 1; });
  }
};
"""


def test_lines_already_on_the_page_are_not_repeated(scripted: Served, open_page: Open) -> None:
    page = open_page(scripted.url)
    page.add_init_script(RECORDED_STREAMS)
    ask(page, "endless")
    page.locator(".exchange li").wait_for()
    page.reload()
    # The stream tells everything from the start.
    wait_until(page, "received === 1")

    assert page.locator(".exchange li").count() == 1
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator(".answer")).to_be_visible()


def test_question_that_cannot_be_sent_is_kept(scripted: Served, open_page: Open) -> None:
    page = open_page(scripted.url)
    page.route("**/", lambda route: route.fulfill(status=200, content_type="text/plain", body="not a page"))
    ask(page, "slow: and precious")
    expect(page.locator(".unsent")).to_have_text("This could not be sent. Look at your connection and try again.")
    expect(page.locator("#question")).to_have_value("slow: and precious")

    page.unroute("**/")
    page.locator("#question").press("Enter")
    expect(page.locator(".asked")).to_contain_text("slow: and precious")


def test_question_that_is_too_long_stays_in_the_field(real: Served, open_page: Open) -> None:
    page = open_page(real.url)
    question = page.locator("#question")
    question.evaluate("(field) => { field.removeAttribute('maxlength'); field.value = 'é'.repeat(200000); }")
    question.press("Enter")

    expect(page.locator(".unsent")).to_have_text("The question is too long. Send a shorter one.")
    assert len(question.input_value()) == 200_000
