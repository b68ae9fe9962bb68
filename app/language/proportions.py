"""Proportions in sentences as formulas: `5 apples cost €3, how much do 8 apples cost?`; and a sum shared in a"
" ratio."""

import re

from app.language.units import find_unit

LONGEST = 300
_VALUE = re.compile(
    r"(?P<value>[$€£¥₹] ?[0-9](?:[0-9,]*[0-9])?(?:\.[0-9]+)?"
    r"|(?<![0-9.,/])[0-9](?:[0-9,]{0,14}[0-9])?(?:\.[0-9]{1,10}|/[0-9]{1,4})?)"
    r"(?: ?(?P<noun>[a-z]+))?",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"\b(?:how (?:much|many|long)|what (?:is|are|do|does|would|will)|(?:the )?(?:cost|price) of)\b", re.IGNORECASE
)
_CLAUSES = re.compile(r"[,.;?!]+(?:\s|$)|\bif\b|\bthen\b|\bwhen\b|\band\b", re.IGNORECASE)
_DIRECT = re.compile(
    r"\b(?:costs?|needs?|makes?|serves?|uses?|weighs?|earns?|requires?|contains?|takes?|yields?|for|produces?)\b",
    re.IGNORECASE,
)
# More of these take less time; of the latter, if they are said to work.
_AT_WORK = {"worker", "painter", "pump", "tap", "pipe", "farmer", "robot", "builder", "gardener", "cleaner", "printer"}
_PERHAPS = {"men", "man", "people", "person", "machine", "women", "woman", "student", "friend"}
_WORKING = re.compile(
    r"\b(?:work|build|paint|dig|fill|finish|complete|harvest|mow|clean|print|plough|plow|lay|assemble|repair|produce|make|"
    r"pack|do the (?:job|work|same job|same work))\b(?<!to work)",
    re.IGNORECASE,
)
# Nobody does these faster together, and what grows with a side does not grow in proportion.
_NO_PROPORTION = re.compile(
    r"\b(?:driv\w+|walk\w*|travel\w*|fly|flies|sing|song|play\w*|watch|cool\w*|boil\w*|bake\w*|sleep|dry|sides?|edges?|"
    r"diameters?|radius|radii|cubes?|balls?|spheres?|circles?|old|ages?|tall|height|quarter|third|dozen)\b",
    re.IGNORECASE,
)
# What is carried or seated needs a whole number of these.
_CARRIED = re.compile(r"\b(?:carry|carries|seats?|fits?|holds?|transports?|accommodates?)\b", re.IGNORECASE)
_TIMES = {"second", "minute", "hour", "day", "week", "month", "year", "min", "h", "s"}
_SPAN = re.compile(r"\b(?:an?|each|every|per|one) (hour|day|week|month|year)\b", re.IGNORECASE)
_OTHERWISE = re.compile(
    r"\b(?:more|less|fewer|than|half|twice|double|another|extra|discount|free|remaining|left|percent|older|younger|each|per|"
    r"together|probability|chance|ways)\b|%",
    re.IGNORECASE,
)
_EACH = re.compile(
    r"(?:the )?(?:cost of |price of |total for )?(?P<count>[0-9][0-9,]{0,9}) [a-z]+(?: [a-z]+)? (?:at|for|costing|of)"
    r" (?P<each>[$€£¥₹]? ?[0-9][0-9,.]{0,15}(?: [a-z]{3,8})?) (?:each|apiece|a piece|per piece|per item)",
    re.IGNORECASE,
)
_FILL = re.compile(
    r"how many (?P<part>[0-9][0-9,.]{0,9} ?[a-z]{1,12})[ -][a-z]+ (?:can|could|do|will) (?:i|you|we|be)"
    r" (?:\w+ ){0,2}(?:from|with|out of|of)"
    r" (?:an? )?(?P<whole>[0-9][0-9,.]{0,9} ?[a-z]{1,12})(?: [a-z ]{1,20})?",
    re.IGNORECASE,
)
_SCALE = re.compile(
    r"(?:on )?(?:a |the )?(?:map )?(?:with )?(?:a |the )?scale (?:of |is )?1 ?:"
    r" ?(?P<scale>[0-9](?:[0-9,]{0,10}[0-9])?),?"
    r" (?:how far|how long|what distance)"
    r" (?:is|are|does) (?P<map>[0-9.]{1,8} ?(?:mm|cm|inch|inches|in|m))(?: on the map)?(?: (?:represent|in reality))?"
    r"(?: in (?P<unit>[a-z]{1,12}))?",
    re.IGNORECASE,
)
_IS_TO = re.compile(
    r"(?P<a>[0-9.x]+) (?:is to|:) (?P<b>[0-9.x]+) (?:as|::|=) (?P<c>[0-9.x]+) (?:is to|:) (?P<d>[0-9.x]+)",
    re.IGNORECASE,
)
_SHARED = re.compile(
    r"(?:divide|share|split|distribute) (?P<sum>[^:]{1,40}?)(?: (?:between|among) (?P<names>[^:]{3,80}?))?"
    r",? (?:in|into|by) (?:the |a )?(?:ratio|proportion)s? (?:of )?"
    r"(?P<ratio>[0-9.]{1,9}(?: ?(?::| to ) ?[0-9.]{1,9}){1,5})",
    re.IGNORECASE,
)
_WITH_REMAINDER = re.compile(
    r"(?:divide )?(?P<a>[0-9,]{1,40}) ?(?:divided by|by|÷|/) ?(?P<b>[0-9,]{1,40}),? with (?:a )?remainder"
    r"|(?:the )?quotient and (?:the )?remainder (?:of|when|if|for) (?P<c>[0-9,]{1,40}) ?(?:is )?"
    r"(?:divided by|÷|/) ?(?P<d>[0-9,]{1,40})",
    re.IGNORECASE,
)


def as_proportion(text: str) -> str | None:
    """The formula for a question of proportion; None for any other text."""
    if len(text) > LONGEST:
        return None
    if match := _EACH.fullmatch(text):
        return f"{match['count']} * ({match['each'].rstrip('.,')})"
    if match := _FILL.fullmatch(text):
        return f"floor(({match['whole']}) / ({match['part']}))"
    if match := _SCALE.fullmatch(text):
        return f"({match['map']}) * {match['scale']}" + (f" in {match['unit']}" if match["unit"] else "")
    if (match := _IS_TO.fullmatch(text)) and match[0].lower().count("x") == 1:
        a, b, c, d = (part.lower() for part in match.groups())
        return {a: f"{b} * {c} / {d}", b: f"{a} * {d} / {c}", c: f"{a} * {d} / {b}", d: f"{b} * {c} / {a}"}["x"]
    return _rule_of_three(text)


def _rule_of_three(text: str) -> str | None:
    if not _ASKS.search(text) or _OTHERWISE.search(text) or _NO_PROPORTION.search(text) or _spans(text) > 1:
        return None
    found = [(match, *_words(match)) for match in _VALUE.finditer(text)]
    if len(found) != 3:
        return None
    # Two have the same noun: one in what is given, one in what is asked.
    nouns = [noun for _, _, noun in found]
    twice = next((noun for noun in nouns if noun and nouns.count(noun) == 2), None)
    if twice is None or _is_side(twice, text):
        return None
    asked = [index for index, (match, _, noun) in enumerate(found) if noun == twice and _asking(text, match)]
    if len(asked) != 1:
        return None
    new = found[asked[0]][1]
    old = next(value for index, (_, value, noun) in enumerate(found) if noun == twice and index != asked[0])
    match, value, noun = next(each for each in found if each[2] != twice)
    if _asking(text, match):
        return None
    third = f"{value} {match['noun']}" if noun and _is_unit(match["noun"]) else value
    return _scaled(text, noun, twice).format(value=third, new=new, old=old) or None


def _scaled(text: str, noun: str, by: str) -> str:
    """The formula for a value of `noun` that changes with the number of `by`; empty if nobody knows how."""
    if noun in _TIMES:
        faster = by in _AT_WORK or (by in _PERHAPS and _WORKING.search(text))
        return "({value}) * {old} / {new}" if faster else ""
    if _CARRIED.search(text) and noun and not _is_unit(noun):
        return "ceil(({value}) * {new} / {old})"
    return "({value}) * {new} / {old}" if _DIRECT.search(text) else ""


def _is_side(noun: str, text: str) -> bool:
    """Whether this is a length of something, not a length `of` something: a 10 inch pizza, 2 m of rope."""
    unit = find_unit(noun)
    return unit is not None and dict(unit.dimension) == {"length": 1} and not re.search(rf"\b{noun}s? of\b", text)


def _spans(text: str) -> int:
    """How many different spans of time are named without a number: `300 EUR a day … in a week`."""
    return len({word.lower().rstrip("s") for word in _SPAN.findall(text)})


def _words(match: re.Match[str]) -> tuple[str, str]:
    noun = (match["noun"] or "").lower()
    return match["value"], noun[:-1] if noun.endswith("s") and len(noun) > 2 else noun


def _is_unit(word: str) -> bool:
    return find_unit(word) is not None


def _asking(text: str, match: re.Match[str]) -> bool:
    """Whether a value stands in the clause that asks."""
    start = max((cut.end() for cut in _CLAUSES.finditer(text, 0, match.start())), default=0)
    after = _CLAUSES.search(text, match.end())
    return _ASKS.search(text[start : after.start() if after else len(text)]) is not None


def as_parts(text: str) -> list[tuple[str, str]]:
    """What has several results, each with its label and formula: a sum shared in a ratio, a division with"
    " remainder."""
    if len(text) > LONGEST:
        return []
    if match := _WITH_REMAINDER.fullmatch(text):
        one, other = match["a"] or match["c"], match["b"] or match["d"]
        return [("quotient", f"floor({one} / {other})"), ("remainder", f"{one} mod {other}")]
    match = _SHARED.fullmatch(text)
    if not match:
        return []
    shares = [part.strip() for part in re.split(":|to", match["ratio"])]
    names = re.split(r", and |, | and ", match["names"]) if match["names"] else []
    if len(names) != len(shares):
        names = [f"share of {share} in {':'.join(shares)}" for share in shares]
    whole = " + ".join(shares)
    return [(name, f"({match['sum']}) * {share} / ({whole})") for name, share in zip(names, shares, strict=True)]
