"""Counting and chances as formulas: arrangements, choices, coins, dice, cards."""

import re
from collections import Counter

_N = "(?P<n>[0-9]{1,4})"
_K = "(?P<k>[0-9]{1,4})"
_CHOICES = "(({n})! / (({k})! * (({n}) - ({k}))!))"
_CHANCE = r"(?:the )?(?:probability|chance|odds|likelihood)(?: of| that)?"
_TOSSES = (
    r"(?:flips?|tosses|throws|coin (?:flips?|tosses)|(?:fair )?coins?|(?:flips?|tosses) of an? (?:fair )?coin"
    r"|times|fair coin (?:flips?|tosses))"
)
_SUMS = {total: 6 - abs(total - 7) for total in range(2, 13)}
_CARDS = {"ace": 4, "king": 4, "queen": 4, "jack": 4, "heart": 13, "spade": 13, "diamond": 13, "club": 13,
          "red card": 26, "black card": 26, "face card": 12}  # fmt: skip
_DECK = (
    r"(?: from)?(?: an?| one)?(?: (?:standard|full|shuffled|normal))*"
    r"(?: (?:deck|pack)(?: of(?: 52)?(?: playing)? cards)?)?"
)

CHANCES: tuple[tuple[str, str], ...] = (
    (
        rf"(?:the )?(?:number of )?permutations of {_N}(?: \w+)? (?:taken )?{_K} at a time",
        "({n})! / (({n}) - ({k}))!",
    ),
    (
        (
            rf"(?:in )?how many (?:different )?ways (?:can|could) an? (?:committee|team|group|jury|hand) of {_K}"
            rf"(?: \w+)? be (?:chosen|formed|selected|picked|made) (?:from|out of|among) {_N}(?: \w+)?"
        ),
        _CHOICES,
    ),
    (rf"(?:the )?(?:number of )?combinations of {_N}(?: \w+)? (?:taken )?{_K} at a time", _CHOICES),
    (
        (
            rf"(?:in )?how many (?:different )?ways (?:can|could|are there to arrange) {_N} (?:different"
            rf" |distinct )?\w+"
            r"(?: be (?:arranged|ordered|lined up|seated|placed))?(?: (?:on|in|along) an?"
            r" (?:shelf|row|line|queue|bench))?"
        ),
        "({n})!",
    ),
    (
        rf"how many (?:different )?handshakes (?:are there )?(?:between|among|with|for) {_N} people",
        "({n}) * (({n}) - 1) / 2",
    ),
    (
        (
            rf"{_CHANCE} (?:getting |throwing |tossing |flipping )?(?:exactly )?{_K} (?:heads|tails)"
            rf" (?:in|with|from|on|when (?:tossing|flipping)) {_N} {_TOSSES}"
        ),
        f"{_CHOICES} / 2 ^ ({{n}})",
    ),
    *(
        (
            (
                rf"{_CHANCE} (?:rolling |getting |throwing )?(?:an? )?(?:sum|total) of {total}"
                r" (?:with|on|from|when (?:rolling|throwing)) 2 (?:fair )?(?:six-sided )?dice"
            ),
            f"{count} / 36",
        )
        for total, count in _SUMS.items()
    ),
    (
        (
            rf"{_CHANCE} (?:rolling |getting |throwing )?(?:an? )?(?:[1-6])"
            r" (?:with|on|from) (?:a|1) (?:fair )?(?:six-sided )?(?:die|dice)"
        ),
        "1 / 6",
    ),
    (rf"{_CHANCE} (?:getting |tossing )?(?:heads|tails)(?: (?:with|on|from) a (?:fair )?coin(?: toss)?)?", "1 / 2"),
    *(
        (rf"{_CHANCE} (?:drawing |picking |getting )?an? {card}{_DECK}", f"{count} / 52")
        for card, count in _CARDS.items()
    ),
    (
        r"(?:the )?expected value of (?:a|1) (?:fair )?(?:six-sided )?(?:die|dice)(?: roll)?",
        "(1 + 2 + 3 + 4 + 5 + 6) / 6",
    ),
)


_BAG = re.compile(
    r"an? (?:bag|box|urn|jar|drawer) (?:has|contains|holds|with) (?P<counts>[0-9][0-9a-z, ]{4,120}?)[.,;]"
    rf" (?:what is |find )?{_CHANCE} (?:drawing|picking|choosing|getting|pulling(?: out)?) (?:an?|one)"
    r" (?P<wanted>[a-z]+)(?: (?P<thing>[a-z]+))?",
    re.IGNORECASE,
)
_COUNT = re.compile(r"([0-9]{1,5}) ([a-z]+)(?: ([a-z]+))?")


def as_bag(text: str) -> str | None:
    """The chance of one thing drawn from a bag of several kinds, as a formula; None for any other text."""
    match = _BAG.fullmatch(text)
    if not match:
        return None
    parts = [_COUNT.fullmatch(part.strip()) for part in re.split(r", and |, | and ", match["counts"].lower())]
    counts = {part[2]: int(part[1]) for part in parts if part}
    things = {part[3] for part in parts if part and part[3]}
    wanted, thing = match["wanted"].lower(), (match["thing"] or "").lower()
    if None in parts or len(counts) != len(parts) or wanted not in counts or len(things) > 1:
        return None
    if thing and things and not next(iter(things)).startswith(thing):
        return None
    return f"{counts[wanted]} / {sum(counts.values())}"


def arrangements(word: str) -> str:
    """The formula for how many arrangements the letters of a word have: `6! / (3! * 2!)` for banana."""
    repeated = [f"{count}!" for count in Counter(word.lower()).values() if count > 1]
    below = f" / ({' * '.join(repeated)})" if repeated else ""
    return f"{len(word)}!{below}"
