"""JSON on which parsers disagree, read all the same."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_activecampaign.api.json_body import Repair, RepairLog, parse_json

HALF = "\ud83d"


@pytest.mark.parametrize(
    ("body", "content", "repairs"),
    [
        (b'{"a": [1, 1.5, null, true, "x"]}', {"a": [1, 1.5, None, True, "x"]}, {}),
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}, {}),
        ('{"a": "é"}'.encode("utf-16"), {"a": "é"}, {}),
        # An emoji, whole and cut in half, in front and behind.
        (rb'{"a": "\ud83d\ude00"}', {"a": "😀"}, {}),
        (rb'{"a": "cut \ud83d"}', {"a": "cut \ufffd"}, {Repair.HALF_PAIR: "a"}),
        (rb'{"a": ["\ude00 cut"]}', {"a": ["\ufffd cut"]}, {Repair.HALF_PAIR: "a"}),
        (rb'{"a\udfff": 1}', {"a\ufffd": 1}, {Repair.HALF_PAIR: ""}),
        # The same as bytes.
        (b'{"a": "\xed\xa0\xbd"}', {"a": "\ufffd\ufffd\ufffd"}, {Repair.NOT_UTF_8: ""}),
        (b'{"a": "S\xe3o Paulo"}', {"a": "S\ufffdo Paulo"}, {Repair.NOT_UTF_8: ""}),
        (rb'{"a": {"b": "A\u0000B"}}', {"a": {"b": "AB"}}, {Repair.NUL: "b"}),
        (rb'{"\u0000": "\u0000"}', {"": ""}, {Repair.NUL: ""}),
        # Not a NUL, but a backslash and what follows it.
        (rb'{"a": "\\u0000"}', {"a": r"\u0000"}, {}),
        (b'{"a": "two\nlines\x1b"}', {"a": "two\nlines\x1b"}, {}),
        (b'{"a": 123456789012345678901234567890}', {"a": 123456789012345678901234567890}, {}),
        (b'{"a": 1e999}', {"a": math.inf}, {}),
        (b'{"a": [Infinity, -Infinity]}', {"a": [math.inf, -math.inf]}, {}),
        (b'{"a": ' + b"9" * 5000 + b"}", {"a": math.inf}, {}),
    ],
)
def test_body_that_can_be_read_is_read(
    body: bytes, content: Any, repairs: dict[Repair, str]
) -> None:
    parsed = parse_json(body)
    assert parsed.content == content
    assert parsed.repairs == repairs


def test_nan_is_read() -> None:
    assert math.isnan(parse_json(b"[NaN]").content[0])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b'{"a": 1',
        b'{"a": 1}{"b": 2}',
        b"<html></html>",
        b'{"a": "x"',
        b'\xef\xbb\xbf{"a": ',
        rb'{"a": "\ud83d"',
        rb'{"a": "\u0000"',
        b"[" * 100_000,
        b'{"a": "\\u0000", "b": ' + b"[" * 100_000,
        bytes(range(256)),
    ],
)
def test_body_that_is_no_json_is_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_json(body)


def test_repairs_are_told_once_for_each_kind_and_path(caplog: pytest.LogCaptureFixture) -> None:
    log = RepairLog()
    for contact in range(3):
        log.tell(f"GET contacts/{contact}/notes", {Repair.NUL: "note"})
    log.tell("GET contacts", {Repair.NUL: "firstName", Repair.NOT_UTF_8: ""})
    told = [message.partition(" Further ones are not reported.")[0] for message in caplog.messages]
    assert told == [
        "In text of GET contacts/.../notes (property 'note'), NUL characters were left out.",
        "In text of GET contacts (property 'firstName'), NUL characters were left out.",
        "In text of GET contacts, bytes that are not UTF-8 were replaced by U+FFFD.",
    ]


TEXTS = st.text(st.characters(codec=None), max_size=6) | st.sampled_from([HALF, "\0", "a\0", "é"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


@given(VALUES, st.booleans())
def test_whatever_python_writes_can_be_read_and_written_as_utf_8(
    value: Any,
    ascii_only: bool,
) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only)
    content = parse_json(text.encode("utf-8", "surrogatepass")).content
    written = json.dumps(content, ensure_ascii=False)
    assert written.encode()
    assert "\\u0000" not in written.replace("\\\\", "")


@given(st.binary(max_size=60))
def test_any_bytes_are_json_or_a_value_error(body: bytes) -> None:
    try:
        parse_json(body)
    except ValueError:
        return
    json.loads(body.decode(json.detect_encoding(body), "replace").lstrip("\ufeff"), strict=False)
