"""Reading JSON from strangers: parsed within limits, and then taken field by field, each checked for its type.

Fields may be written in lowerCamelCase or as in the protocol's proto file; unknown ones are passed over, and null is
the same as absent, as ProtoJSON has it.
"""

import json
import math
import re
from collections.abc import Mapping
from typing import Any, NoReturn

from app.a2a.faults import PARSE_ERROR, ProtocolError, invalid

# Protobuf parsers stop at 100, and nothing that an agent is told needs a tenth of it.
DEEPEST = 64
LONGEST_ID = 128
_INTEGER = re.compile(r"-?[0-9]{1,10}")


def parse(body: bytes) -> object:
    """The JSON of a body. Raises a ProtocolError where there is none, or it is too deep, or holds what is not text."""
    try:
        value: object = json.loads(body.decode("utf-8"), parse_constant=_not_json)
    except RecursionError:
        raise ProtocolError(PARSE_ERROR, "Invalid JSON payload: nested too deep") from None
    except ValueError:
        raise ProtocolError(PARSE_ERROR, "Invalid JSON payload") from None
    _check(value)
    return value


def _not_json(_name: str) -> NoReturn:
    raise ValueError


def _check(value: object) -> None:
    """Depth, and what every database and encoder takes: no null characters, no lone surrogates, no infinite numbers."""
    level: list[object] = [value]
    for _ in range(DEEPEST):
        below: list[object] = []
        for item in level:
            if isinstance(item, dict):
                below += item
                below += item.values()
            elif isinstance(item, list):
                below += item
            elif isinstance(item, str) and not _is_text(item):
                raise ProtocolError(PARSE_ERROR, "Invalid JSON payload: a string holds characters that are not text")
            elif isinstance(item, float) and not math.isfinite(item):
                # It would be sent back as what is no JSON.
                raise ProtocolError(PARSE_ERROR, "Invalid JSON payload: a number is too large")
        if not below:
            return
        level = below
    raise ProtocolError(PARSE_ERROR, f"Invalid JSON payload: nested deeper than {DEEPEST} levels")


def _is_text(text: str) -> bool:
    if "\0" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


class Fields:
    """The fields of an object; every method raises a ProtocolError that names the field."""

    def __init__(self, data: object, path: str = "") -> None:
        self.path = path
        if not isinstance(data, dict):
            raise invalid(path or "params", f"{path or 'params'} must be an object")
        self._data: Mapping[str, Any] = data

    def all(self) -> dict[str, Any]:
        """The object as it came."""
        return dict(self._data)

    def name(self, field: str) -> str:
        """The field's name within the whole request."""
        return f"{self.path}.{field}" if self.path else field

    def value(self, field: str) -> Any:
        """The field as it came; None where it is absent."""
        value = self._data.get(field)
        return self._data.get(_in_proto(field)) if value is None else value

    def wrong(self, field: str, must: str) -> ProtocolError:
        """The ProtocolError of a field that is not what it must be."""
        return invalid(self.name(field), f"{self.name(field)} must be {must}")

    def require(self, field: str) -> None:
        """Have the field there, and not empty."""
        if self.value(field) in (None, "", [], {}):
            raise invalid(self.name(field), f"{self.name(field)} is required")

    def text(self, field: str) -> str:
        """A string, empty where absent."""
        value = self.value(field)
        if value is not None and not isinstance(value, str):
            raise self.wrong(field, "a string")
        return value or ""

    def identifier(self, field: str) -> str:
        """A string of a length that ids have, empty where absent."""
        text = self.text(field)
        if len(text) > LONGEST_ID:
            raise self.wrong(field, f"of at most {LONGEST_ID} characters")
        return text

    def integer(self, field: str) -> int | None:
        """An int32, which ProtoJSON also writes as a string."""
        value = self.value(field)
        if value is None:
            return None
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, str) and _INTEGER.fullmatch(value):
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not -(2**31) <= value < 2**31:
            raise self.wrong(field, "a whole number")
        return value

    def boolean(self, field: str) -> bool | None:
        """True or false."""
        value = self.value(field)
        if value is not None and not isinstance(value, bool):
            raise self.wrong(field, "true or false")
        return value

    def object(self, field: str) -> dict[str, Any] | None:
        """An object as it came."""
        value = self.value(field)
        if value is not None and not isinstance(value, dict):
            raise self.wrong(field, "an object")
        return value

    def fields(self, field: str) -> "Fields":
        """An object's own fields; none where it is absent."""
        return Fields(self.object(field) or {}, self.name(field))

    def items(self, field: str) -> list[Any]:
        """A list, empty where absent."""
        value = self.value(field)
        if value is not None and not isinstance(value, list):
            raise self.wrong(field, "a list")
        return value or []

    def texts(self, field: str) -> list[str]:
        """A list of strings."""
        values = self.items(field)
        if not all(isinstance(value, str) for value in values):
            raise self.wrong(field, "a list of strings")
        return values


def _in_proto(name: str) -> str:
    return re.sub(r"[A-Z]", lambda letter: "_" + letter[0].lower(), name)
