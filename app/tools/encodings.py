"""Texts in base64, hexadecimal and URL form, and hashes; checked by decoding, or by hashing in parts."""

import base64
import binascii
import hashlib
import re
import urllib.parse
from collections.abc import Callable
from typing import Any

from app.agents.context import Context
from app.agents.messages import Ask, Check, Outcome
from app.agents.plan import Plan, PlannedStep
from app.language.errors import ImpossibleError
from app.language.expression import Node, Reference
from app.language.references import marked
from app.language.texts import Forms, form, payload
from app.tools.tool import Arguments, Tool

_ENCODE = r"(?:{0}[ -]?encode|encode (?:\w+ )?(?:in|to|into|as|with|using) {0}|encode {0}|{0}(?: encoding)?)"
_DECODE = r"(?:{0}[ -]?decode|decode (?:from |the )?{0}|decode (?:as|with|using) {0}|un{0})"
_NAMES = {"base64": r"base[ -]?64", "hex": r"hex(?:adecimal)?", "url": r"(?:url|uri|percent(?=[ -]?(?:en|de)cod))"}
HASHES = ("md5", "sha1", "sha256", "sha512")
_FORMS = {
    **{
        f"{name} decode": form(_DECODE.format(written), after=rf"(?:decoded )?from {written}")
        for name, written in _NAMES.items()
    },
    **{
        f"{name} encode": form(_ENCODE.format(written), after=rf"(?:encoded )?(?:in|to|into|as) {written}")
        for name, written in _NAMES.items()
    },
    **{
        name: form(rf"(?:the )?{name[:3]}[ -]?{name[3:]}(?:[ -]?(?:hash|sum|digest|checksum))?(?: value)?")
        for name in HASHES
        if name != "md5"
    },
    "md5": form(r"(?:the )?md[ -]?5(?:[ -]?(?:hash|sum|digest|checksum))?"),
}
_NO_TEXT = (
    "it|this|that|of|in|to|from|the|text|string|word|hash|sum|digest|checksum|value|encoding|encode[d]?|decode[d]?"
)
# Not for secrets: people compare checksums of files with these.
_HASHERS: dict[str, Callable[[bytes], Any]] = {
    "md5": lambda data: hashlib.md5(data, usedforsecurity=False),
    "sha1": lambda data: hashlib.sha1(data, usedforsecurity=False),
    "sha256": hashlib.sha256,
    "sha512": hashlib.sha512,
}


def read(question: str, context: Context) -> Plan | None:  # noqa: ARG001
    """`base64 encode: hello`, `sha256 of "abc"`."""
    for operation, forms in _FORMS.items():
        text = payload(forms, question) or _one_word(forms, question)
        if text is not None:
            step = marked(text)
            subject: str | Node = text if step is None else Reference(-step)
            assumed = ["the text is taken as UTF-8"] if operation in HASHES and not text.isascii() else []
            return Plan([PlannedStep("encodings", {"operation": operation, "text": subject})], assumed)
    return None


def _one_word(forms: Forms, question: str) -> str | None:
    """A last word that needs no quotation marks: `md5 of hello`."""
    lead, _, word = question.strip(" ?!").rpartition(" ")
    if not re.fullmatch(rf"(?!(?:{_NO_TEXT})\b)[^\s\"'“”:]{{1,200}}", word, re.IGNORECASE):
        return None
    return word if forms[0].fullmatch(" ".join(lead.split())) else None


def solve(arguments: Arguments) -> Outcome:
    """The text encoded, decoded or hashed, as UTF-8."""
    operation, text = arguments["operation"], arguments["text"]
    if operation not in _FORMS:
        raise ValueError(f"operation is one of {', '.join(_FORMS)}")
    result = _HASHERS[operation](text.encode()).hexdigest() if operation in HASHES else _coded(operation, text)
    if not result:
        raise ImpossibleError("nothing is left of this text")
    return Outcome(result, result, f"{describe(arguments)} is {result if len(result) <= 200 else result[:200] + '…'}")


def _coded(operation: str, text: str) -> str:
    match operation:
        case "base64 encode":
            return base64.b64encode(text.encode()).decode()
        case "hex encode":
            return text.encode().hex()
        case "url encode":
            return urllib.parse.quote(text, safe="")
        case "url decode":
            return _text(urllib.parse.unquote_to_bytes(text))
        case "hex decode":
            digits = re.sub(r"[\s:]|0x", "", text)
            if not re.fullmatch("(?:[0-9a-fA-F]{2})+", digits):
                raise ImpossibleError("hexadecimal text has an even number of digits 0 to 9 and a to f")
            return _text(bytes.fromhex(digits))
        case _:
            plain = re.sub(r"\s", "", text).replace("-", "+").replace("_", "/").rstrip("=")
            try:
                return _text(base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True))
            except binascii.Error:
                raise ImpossibleError("this is no base64") from None


def _text(data: bytes) -> str:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise ImpossibleError(f"these {len(data)} bytes are no text in UTF-8: {data[:40].hex()}") from None
    if "\0" in text:
        raise ImpossibleError("this is no text: it holds a zero byte")
    return text


def check(arguments: Arguments, outcome: Outcome, ask: Ask) -> Check:  # noqa: ARG001
    """What was encoded is decoded bit by bit, what was decoded is encoded; a hash is made of one byte at a time."""
    operation, text, result = arguments["operation"], arguments["text"], outcome.value
    if operation in HASHES:
        hasher = _HASHERS[operation](b"")
        for byte in text.encode():
            hasher.update(bytes((byte,)))
        return Check(hasher.hexdigest() == result, "hashing one byte at a time")
    name, _, way = operation.partition(" ")
    if way == "encode":
        return Check(_bytes(name, result) == text.encode(), "decoding it again, bit by bit")
    return Check(_bytes(name, text) == result.encode(), "decoding it bit by bit")


_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def _bytes(name: str, text: str) -> bytes:
    """What a text encodes, without the library that encoded it. Raises ValueError."""
    if name == "hex":
        digits = re.sub(r"[\s:]|0x", "", text).lower()
        return bytes(
            "0123456789abcdef".index(high) * 16 + "0123456789abcdef".index(low)
            for high, low in zip(digits[::2], digits[1::2], strict=True)
        )
    if name == "url":
        return re.sub(rb"%([0-9a-fA-F]{2})", lambda match: bytes((int(match[1], 16),)), text.encode())
    plain = re.sub(r"\s", "", text).replace("-", "+").replace("_", "/").rstrip("=")
    bits = "".join(f"{_ALPHABET.index(character):06b}" for character in plain)
    return bytes(int(bits[start : start + 8], 2) for start in range(0, len(bits) - 7, 8))


def describe(arguments: Arguments) -> str:
    """`“abc” by sha256`."""
    text = arguments["text"]
    return f"“{text if len(text) <= 60 else text[:60] + '…'}” by {arguments['operation']}"


TOOL = Tool(
    name="encodings",
    summary="base64, hexadecimal and URL encoding and decoding, hashes (md5, sha1, sha256, sha512)",
    examples=(
        'sha256 of "abc"',
        "base64 encode: hello",
        "base64 decode: aGVsbG8=",
        "url encode: a b&c",
        "hex encode: hi",
    ),
    parameters=("operation", "text"),
    describe=describe,
    solve=solve,
    check=check,
    read=read,
    rank=2,
)
