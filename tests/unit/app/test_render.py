import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.web import maths, render


def shape(text: str) -> str:
    """MathML without the tags that only group."""
    html = maths.of_text(text)
    assert html is not None, f"{text} is not typeset"
    return re.sub(r'</?mrow>|</?math[^>]*>|<mspace width="0.17em"></mspace>', "", html).replace("\u2061", "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2^100", "<msup><mn>2</mn><mn>100</mn></msup>"),
        ("x^3/3 + C", "<mfrac><msup><mi>x</mi><mn>3</mn></msup><mn>3</mn></mfrac><mo>+</mo><mi>C</mi>"),
        ("2·x", "<mn>2</mn><mo>\u2062</mo><mi>x</mi>"),
        ("x·2", "<mi>x</mi><mo>·</mo><mn>2</mn>"),
        ("(x + 1)·x", "<mo>(</mo><mi>x</mi><mo>+</mo><mn>1</mn><mo>)</mo><mo>\u2062</mo><mi>x</mi>"),
        ("a - (b - c)", "<mi>a</mi><mo>−</mo><mo>(</mo><mi>b</mi><mo>−</mo><mi>c</mi><mo>)</mo>"),  # noqa: RUF001
        ("(-2)^x", "<msup><mo>(</mo><mo>−</mo><mn>2</mn><mo>)</mo><mi>x</mi></msup>"),  # noqa: RUF001
        ("sqrt(x)", "<msqrt><mi>x</mi></msqrt>"),
        ("exp(x)", "<msup><mi>e</mi><mi>x</mi></msup>"),
        ("abs(x)", "<mo>|</mo><mi>x</mi><mo>|</mo>"),
        ("sin(x)^2", "<msup><mi>sin</mi><mn>2</mn></msup><mo></mo><mo>(</mo><mi>x</mi><mo>)</mo>"),
        ("pi/4 ≈ 0.785398", "<mfrac><mi>π</mi><mn>4</mn></mfrac><mo>≈</mo><mn>0.785398</mn>"),
        ("x ≈ 1.2e-05", "<mi>x</mi><mo>≈</mo><mn>1.2</mn><mo>×</mo><msup><mn>10</mn><mo>−</mo><mn>5</mn></msup>"),  # noqa: RUF001
        ("x = 2 or x = 3", "<mi>x</mi><mo>=</mo><mn>2</mn> or <mi>x</mi><mo>=</mo><mn>3</mn>"),
        ("x = 3 and y = 2", "<mi>x</mi><mo>=</mo><mn>3</mn> and <mi>y</mi><mo>=</mo><mn>2</mn>"),
    ],
)
def test_formulas_are_typeset(text: str, expected: str) -> None:
    assert shape(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "22.37 miles", "Friday", "2026-03-13", "5/6/2025", "1/3", "1,234.5", "a b c", "x", "e", "A/B",
        "no (real) number", "x = ", "2 + + x)", "*", "3.5e+10*x", "", "1/3 (about 0.3333)",
    ],
)  # fmt: skip
def test_what_is_no_formula_stays_as_it_is(text: str) -> None:
    assert maths.of_text(text) is None
    assert render.from_plain(text) == (f"<p>{text}</p>" if text else "")


def test_plain_text_keeps_its_signs_and_its_lists() -> None:
    assert render.from_plain("**a** <b> & `c`") == "<p>**a** &lt;b&gt; &amp; `c`</p>"
    assert (
        render.from_plain("I can:\n- add\n- subtract\nNow.")
        == "<p>I can:</p><ul><li>add</li><li>subtract</li></ul><p>Now.</p>"
    )


def test_tables_of_tools_are_tables() -> None:
    text = "By region:\n| region | x^2 |\n|---|---|\n| <b> | 2 |"

    assert render.from_plain(text) == (
        '<p>By region:</p><table><tbody><tr><th>region</th><th><math displaystyle="true"><msup><mrow><mi>x</mi></mrow>'
        "<mrow><mn>2</mn></mrow></msup></math></th></tr><tr><td>&lt;b&gt;</td><td>2</td></tr></tbody></table>"
    )
    assert render.from_plain("| no | table |") == "<p>| no | table |</p>"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("$x^2$", 1), (r"\(x\)", 1), ("$$x$$", 1), (r"\[x\]", 1), ("$$\nx\n$$", 1), ("It costs $5 and $6.", 0),
        ("`$x$`", 0), ("```\n$$x$$\n```", 0), ("$x", 0), ("$ x $", 0), (r"\$x\$", 0), ("$$\nx", 0),
    ],
)  # fmt: skip
def test_latex_is_typeset_where_it_is_meant(text: str, count: int) -> None:
    assert render.from_markdown(text).count("<math") == count


def test_latex_that_cannot_be_read_is_shown_as_it_is() -> None:
    assert render.from_markdown(r"$\left( x$") == "<p><code>\\left( x</code></p>\n"


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "[a](javascript:alert(1))",
        "[a](data:text/html,x)",
        "![a](https://example.com/x.png)",
        '<https://example.com/" onclick=alert(1)>',
        r"$\href{javascript:alert(1)}{x}$",
        r"$\text{<img src=x onerror=alert(1)>}$",
        r"$\text{</mtext></math><script>alert(1)</script>}$",
        r"$\style{position:fixed}{x}$",
        r"$\color{red;background:url(https://example.com)}{x}$",
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
        '<svg onload="alert(1)">',
    ],
)
def test_nothing_passes_that_acts(text: str) -> None:
    for html in (render.from_markdown(text), render.from_plain(text), render.clean(text)):
        plain = re.sub(r'"[^"]*"', '""', html)
        assert not re.search(r"<(script|img|svg|style|iframe)|<[^>]*\s(on[a-z]+|style|src|mathcolor)\s*=", plain)
        assert not re.search(r'href="(?!https?:|mailto:)', html)


@given(st.text("$\\()[]{}<>^_`*|#-+=/ \n\tabx12&\"'é", max_size=120))
def test_no_text_breaks_the_gate(text: str) -> None:
    for html in (render.from_markdown(text), render.from_plain(text)):
        assert render.clean(html) == html
