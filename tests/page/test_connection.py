"""What comes late, is cut or cannot be sent: nothing is lost, and nothing is said that is not so."""

from collections.abc import Sequence

from playwright.sync_api import APIResponse, Page, Route, expect

from tests.page.conftest import Open, Served, ask
from tests.page.scripted import EXCHANGE


def forget(complaints: list[str], expected: str) -> None:
    """Complaints that a test asked for; all others stay."""
    assert any(expected in text for text in complaints)
    complaints[:] = [text for text in complaints if expected not in text]


def wait_for(page: Page, number: int, held: Sequence[object]) -> None:
    """Wait until so many requests are held back."""
    for _ in range(500):
        if len(held) >= number:
            return
        page.wait_for_timeout(20)
    raise AssertionError(f"{len(held)} requests are held back, not {number}")


def test_a_stream_that_is_cut_goes_on_where_it_was(scripted: Served, open_page: Open) -> None:
    page = open_page(scripted.url)
    ask(page, "slow")
    page.locator(".exchange li").nth(1).wait_for()

    scripted.reload()

    expect(page.locator(".answer math")).to_have_count(2)
    expect(page.locator(".exchange .who span")).to_have_text(EXCHANGE)


def test_what_is_typed_while_a_cancel_is_under_way_stays(scripted: Served, open_page: Open) -> None:
    page = open_page(scripted.url)
    cancels: list[Route] = []
    page.route("**/cancel", lambda route: cancels.append(route))  # noqa: PLW0108 - it sets an attribute on what it is given
    ask(page, "held")
    page.get_by_role("button", name="Cancel").click()
    page.locator("#question").fill("quick")
    page.evaluate("document.querySelector('main > *').dataset.before = 'yes'")
    wait_for(page, 1, cancels)
    cancels[0].continue_()
    expect(page.locator("[data-before]")).to_have_count(0)
    expect(page.locator(".answer")).to_contain_text("You stopped this.")
    expect(page.locator("#question")).to_have_value("quick")


def test_a_page_that_comes_late_takes_nothing_away(scripted: Served, open_page: Open) -> None:
    page = open_page(scripted.url)
    late: list[tuple[Route, APIResponse]] = []
    page.route("**/cancel", lambda route: late.append((route, route.fetch())))
    ask(page, "held")
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator(".answer")).to_contain_text("You stopped this.")
    ask(page, "quick")
    expect(page.locator(".turn")).to_have_count(2)
    wait_for(page, 1, late)
    with page.expect_response("**/cancel"):
        late[0][0].fulfill(response=late[0][1])
    page.wait_for_timeout(300)
    assert page.locator(".turn").count() == 2


def test_a_question_under_way_is_not_left_to_be_asked_again(scripted: Served, open_page: Open) -> None:
    page = open_page(scripted.url)
    ask(page, "held")
    page.locator(".exchange li").first.wait_for()
    held: list[Route] = []
    page.route("**/*", lambda route: held.append(route) if route.request.method == "POST" else route.continue_())
    page.get_by_role("button", name="Cancel").click()
    ask(page, "quick")
    wait_for(page, 2, held)
    cancel, question = held
    page.evaluate("document.querySelector('main > *').dataset.before = 'yes'")
    cancel.continue_()
    expect(page.locator("[data-before]")).to_have_count(0)
    question.continue_()
    expect(page.locator(".turn")).to_have_count(2)
    expect(page.locator("#question")).to_have_value("")


def test_a_stream_that_cannot_be_had_is_asked_for_again(
    scripted: Served, open_page: Open, complaints: list[str]
) -> None:
    page = open_page(scripted.url)
    page.route("**/events", lambda route: route.fulfill(status=503))
    ask(page, "slow")
    working = page.locator("[data-working-text]")
    expect(working).to_have_text("The connection is lost; trying again")

    page.unroute("**/events")
    expect(page.locator(".answer math")).to_have_count(2)
    forget(complaints, "status of 503")


def test_a_line_that_is_gone_is_said_and_taken_up_again(
    scripted: Served, open_page: Open, complaints: list[str]
) -> None:
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
    forget(complaints, "net::ERR_INTERNET_DISCONNECTED")


def test_a_task_that_was_left_is_followed_again(scripted: Served, open_page: Open) -> None:
    page = open_page(scripted.url)
    ask(page, "slow")
    page.locator(".exchange li").nth(0).wait_for()
    page.goto(page.url)

    expect(page.locator(".answer math")).to_have_count(2)
    expect(page.locator(".exchange .who span")).to_have_text(EXCHANGE)


def test_what_the_page_shows_already_is_not_shown_again(scripted: Served, open_page: Open) -> None:
    page = open_page(scripted.url)
    ask(page, "endless")
    page.locator(".exchange li").wait_for()
    with page.expect_response("**/events"):
        page.reload()
    # The stream tells everything from the start; it has come when there was time for more than one line.
    page.wait_for_timeout(700)

    assert page.locator(".exchange li").count() == 1
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator(".answer")).to_be_visible()


def test_what_cannot_be_sent_is_not_lost(scripted: Served, open_page: Open) -> None:
    page = open_page(scripted.url)
    page.route("**/", lambda route: route.fulfill(status=200, content_type="text/plain", body="not a page"))
    ask(page, "slow: and precious")
    expect(page.locator(".unsent")).to_have_text("This could not be sent. Look at your connection and try again.")
    expect(page.locator("#question")).to_have_value("slow: and precious")

    page.unroute("**/")
    page.locator("#question").press("Enter")
    expect(page.locator(".asked")).to_contain_text("slow: and precious")


def test_what_is_too_long_to_be_sent_stays_where_it_is(real: Served, open_page: Open) -> None:
    page = open_page(real.url)
    question = page.locator("#question")
    question.evaluate("(field) => { field.removeAttribute('maxlength'); field.value = 'é'.repeat(200000); }")
    question.press("Enter")

    expect(page.locator(".unsent")).to_have_text("The question is too long. Send a shorter one.")
    assert len(question.input_value()) == 200_000
