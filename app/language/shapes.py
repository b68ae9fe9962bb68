"""Questions about shapes as formulas: the measure asked for, the shape, and its dimensions, with nothing left"
" over."""

import re

LONGEST = 300
_NUMBER = r"[0-9][0-9,]{0,15}(?:\.[0-9]{1,15})?(?:/[0-9]{1,6})?"
_UNIT = (
    r"(?:[ ]?(?:mm|cm|dm|km|m|inches|inch|in|feet|foot|ft|yards?|yd|miles?|mi|centimet(?:er|re)s?|met(?:er|re)s?"
    r"|units?)\b)?"
)
_VALUE = rf"{_NUMBER}{_UNIT}"
_NAMES = (
    "radius|diameter|base|height|width|length|depth|breadth|side length|edge length|side|edge|slant height|altitude"
)
_NAMED = re.compile(rf"\b(?P<name>{_NAMES})s? (?:of |is |are |= ?|: ?)?(?P<value>{_VALUE})", re.IGNORECASE)
_AFTER = re.compile(rf"(?P<value>{_VALUE}) (?:in |of )?(?P<name>{_NAMES}|long|wide|high|deep|tall)\b", re.IGNORECASE)
_TIMES = re.compile(
    rf"(?P<one>{_VALUE}) ?(?:by|x|\u00d7) ?(?P<two>{_VALUE})(?: ?(?:by|x|\u00d7) ?(?P<three>{_VALUE}))?",
    re.IGNORECASE,
)
_SEVERAL = re.compile(
    rf"\b(?P<name>legs|sides|parallel sides|diagonals|catheti) (?:of |are |of length )?(?P<one>{_VALUE})"
    rf"(?:, (?P<two>{_VALUE}),? and (?P<three>{_VALUE})| and (?P<last>{_VALUE}))",
    re.IGNORECASE,
)
_SAME = {
    "breadth": "width", "wide": "width", "long": "length", "tall": "height", "high": "height", "deep": "depth",
    "altitude": "height", "edge": "side", "edge length": "side", "side length": "side",
}  # fmt: skip
_MEASURES = re.compile(
    r"\b(?:surface area|area|perimeter|circumference|volume|capacity|hypotenuse|diagonal|diameter|radius)\b"
    r"(?= of (?![0-9])|(?: is it)?$| does it| has it)",
    re.IGNORECASE,
)
_SHAPES = (
    "right triangle|right-angled triangle|right angled triangle|triangle|circle|square|rectangle|cube|cuboid|box|"
    "rectangular prism|cylinder|sphere|ball|cone|trapezium|trapezoid|parallelogram|rhombus|room|field|garden|plot|"
    "floor|wall|lawn|carpet|tank|rectangular (?:room|field|garden|plot|floor|wall|lawn|carpet|tank|box)|"
    "circular (?:pond|field|garden|table|plate|pizza)|pizza"
)
_SHAPE = re.compile(rf"\b(?P<shape>{_SHAPES})\b", re.IGNORECASE)
_RECTANGLES = {"room", "field", "garden", "plot", "floor", "wall", "lawn", "carpet"}
_FILLERS = re.compile(
    r"\b(?:what is|what's|how big is|find|calculate|the|an?|of|with|whose|that|which|is|are|has|having|have|and|its|it|"
    r"in|each|measuring|measures|sides?|my|our|equal|given)\b|[?.,:]",
    re.IGNORECASE,
)
_PI_R2 = "pi * ({radius}) ^ 2"
_FORMULAS: dict[tuple[str, str], tuple[tuple[tuple[str, ...], str], ...]] = {
    ("area", "circle"): ((("radius",), _PI_R2),),
    ("circumference", "circle"): ((("radius",), "2 * pi * ({radius})"),),
    ("perimeter", "circle"): ((("radius",), "2 * pi * ({radius})"),),
    ("area", "square"): ((("side",), "({side}) ^ 2"),),
    ("perimeter", "square"): ((("side",), "4 * ({side})"),),
    ("diagonal", "square"): ((("side",), "sqrt(2) * ({side})"),),
    ("area", "rectangle"): ((("length", "width"), "({length}) * ({width})"),),
    ("perimeter", "rectangle"): ((("length", "width"), "2 * (({length}) + ({width}))"),),
    ("diagonal", "rectangle"): ((("length", "width"), "sqrt(({length}) ^ 2 + ({width}) ^ 2)"),),
    ("area", "parallelogram"): ((("base", "height"), "({base}) * ({height})"),),
    ("area", "rhombus"): ((("one", "two"), "({one}) * ({two}) / 2"),),
    ("area", "trapezium"): ((("one", "two", "height"), "(({one}) + ({two})) / 2 * ({height})"),),
    ("area", "triangle"): (
        (("base", "height"), "({base}) * ({height}) / 2"),
        (
            ("one", "two", "three"),
            (
                "sqrt((({one}) + ({two}) + ({three})) * (({two}) + ({three}) - ({one}))"
                " * (({one}) + ({three}) - ({two})) * (({one}) + ({two}) - ({three}))) / 4"
            ),
        ),
    ),
    ("perimeter", "triangle"): ((("one", "two", "three"), "({one}) + ({two}) + ({three})"),),
    ("area", "right triangle"): ((("one", "two"), "({one}) * ({two}) / 2"),),
    ("hypotenuse", "right triangle"): ((("one", "two"), "sqrt(({one}) ^ 2 + ({two}) ^ 2)"),),
    ("volume", "cube"): ((("side",), "({side}) ^ 3"),),
    ("surface area", "cube"): ((("side",), "6 * ({side}) ^ 2"),),
    ("volume", "box"): ((("length", "width", "height"), "({length}) * ({width}) * ({height})"),),
    ("surface area", "box"): (
        (
            ("length", "width", "height"),
            "2 * (({length}) * ({width}) + ({length}) * ({height}) + ({width}) * ({height}))",
        ),
    ),
    ("volume", "cylinder"): ((("radius", "height"), f"{_PI_R2} * ({{height}})"),),
    ("surface area", "cylinder"): ((("radius", "height"), "2 * pi * ({radius}) * (({radius}) + ({height}))"),),
    ("volume", "sphere"): ((("radius",), "4 / 3 * pi * ({radius}) ^ 3"),),
    ("surface area", "sphere"): ((("radius",), "4 * pi * ({radius}) ^ 2"),),
    ("volume", "cone"): ((("radius", "height"), f"{_PI_R2} * ({{height}}) / 3"),),
}
_KINDS = {
    "cuboid": "box", "rectangular prism": "box", "tank": "box", "rectangular tank": "box", "rectangular box": "box",
    "ball": "sphere", "pizza": "circle", "trapezoid": "trapezium", "right-angled triangle": "right triangle",
    "right angled triangle": "right triangle",
}  # fmt: skip
_POLYGONS = {"triangle": 3, "quadrilateral": 4, "pentagon": 5, "hexagon": 6, "heptagon": 7, "octagon": 8, "nonagon": 9,
             "decagon": 10}  # fmt: skip
_ANGLES = re.compile(
    rf"(?:the )?(?P<way>sum of (?:the )?interior angles|interior angle) (?:of|in) an? (?:regular )?"
    rf"(?P<shape>{'|'.join(_POLYGONS)})",
    re.IGNORECASE,
)
_X, _Y = r"(-?[0-9.]{1,12})", r", ?(-?[0-9.]{1,12})"
_POINTS = re.compile(
    rf"(?:the )?(?P<way>distance|slope|gradient)(?: of)?(?: (?:the|a) (?:line|segment))?(?: (?:through|between|from|"
    r"joining))?"
    rf"(?: the)?(?: points)? \({_X}{_Y}\) (?:and|to) \({_X}{_Y}\)",
    re.IGNORECASE,
)


def as_shape(text: str) -> str | None:
    """The formula for a question about a shape or two points; None for any other text."""
    if len(text) > LONGEST:
        return None
    if match := _ANGLES.fullmatch(text):
        corners = _POLYGONS[match["shape"].lower()]
        divisor = "" if match["way"].lower().startswith("sum") else f" / {corners}"
        return f"({corners} - 2) * 180{divisor}"
    if match := _POINTS.fullmatch(text):
        x, y, u, v = (f"({match[index]})" for index in range(2, 6))
        if match["way"].lower() == "distance":
            return f"sqrt(({u} - {x}) ^ 2 + ({v} - {y}) ^ 2)"
        return f"({v} - {y}) / ({u} - {x})"
    return _of_shape(text)


def _of_shape(text: str) -> str | None:
    measure, shape = _MEASURES.search(text), _SHAPE.search(text)
    if not measure or not shape:
        return None
    rest = text[: measure.start()] + " " * len(measure[0]) + text[measure.end() :]
    rest = rest[: shape.start()] + " " + rest[shape.end() :]
    found: dict[str, str] = {}
    for form in (_SEVERAL, _TIMES, _NAMED, _AFTER):
        for match in form.finditer(rest):
            values = {name: value for name, value in match.groupdict().items() if value}
            name = values.pop("name", "").lower()
            if "value" in values:
                values = {_SAME.get(name, name): values["value"]}
            elif "last" in values:
                values["two"] = values.pop("last")
            if found.keys() & values.keys():
                return None
            found |= values
        rest = form.sub(" ", rest)
    if _FILLERS.sub(" ", rest).strip():
        return None
    return _formula(measure[0].lower(), shape["shape"].lower(), found)


def _with_unit(found: dict[str, str]) -> dict[str, str]:
    """`2 by 3 by 4 m` is in metres throughout."""
    units = {name: re.sub(rf"^{_NUMBER} ?", "", value) for name, value in found.items()}
    said = set(filter(None, units.values()))
    if len(said) != 1:
        return found
    unit = next(iter(said))
    return {name: value if units[name] else f"{value} {unit}" for name, value in found.items()}


def _formula(measure: str, shape: str, found: dict[str, str]) -> str | None:
    found = _with_unit(found)
    kind = _KINDS.get(shape, shape)
    kind = "circle" if kind.startswith("circular") else kind
    if kind.removeprefix("rectangular ") in _RECTANGLES:
        kind = "rectangle"
    if "diameter" in found and "radius" not in found:
        found["radius"] = f"({found.pop('diameter')}) / 2"
    if kind == "cylinder" and "length" in found:
        found["height"] = found.pop("length")
    if kind == "box" and "depth" in found:
        found["height" if "width" in found else "width"] = found.pop("depth")
    for names, formula in _FORMULAS.get((measure.replace("capacity", "volume"), kind), ()):
        given = dict(found)
        if {"one", "two"} <= given.keys() and not {"one", "two"} & set(names):
            # `4 by 7` names no side.
            unnamed = [name for name in ("one", "two", "three") if name in given]
            given = dict(zip(("length", "width", "height"), (given[name] for name in unnamed), strict=False))
        if set(names) == given.keys():
            return formula.format(
                **{name: value.replace(" units", "").replace(" unit", "") for name, value in given.items()}
            )
    return None
