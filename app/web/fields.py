"""The JSON bodies that endpoints take: one description of a body's fields, for reading it and for documenting it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.web.requests import clean_text, json_object


@dataclass(frozen=True)
class Text:
    """A field that is text."""

    description: str
    longest: int
    example: str
    optional: bool = False


Fields = Mapping[str, Text]


def read(fields: Fields) -> dict[str, str]:
    """The body of the request under way, with the optional fields that it has; raises RequestError."""
    needed = {name: str for name, field in fields.items() if not field.optional}
    optional = {name: str for name, field in fields.items() if field.optional}
    body = json_object(needed, optional)
    return {name: clean_text(name, value, fields[name].longest) for name, value in body.items()}


def schema(fields: Fields) -> dict[str, Any]:
    """The body's JSON Schema."""
    return {
        "type": "object",
        "properties": {
            name: {
                "type": "string",
                "description": field.description,
                "maxLength": field.longest,
                # Something other than space, and nothing that is not text.
                "pattern": r"^[^\u0000]*[^\s\u0000][^\u0000]*$",
                "examples": [field.example],
            }
            for name, field in fields.items()
        },
        "required": [name for name, field in fields.items() if not field.optional],
        "additionalProperties": False,
    }
