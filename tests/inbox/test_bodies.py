"""What is read, what is refused, and what of a body is kept."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from target_activecampaign.inbox.bodies import from_fields, from_json
from target_activecampaign.inbox.errors import UnreadableBodyError
from target_activecampaign.inbox.request_body import parse
from tests.inbox.samples import TOKEN, encoded, postback

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=x"
FORM_DATA = (
    b'--x\r\nContent-Disposition: form-data; name="body"\r\n\r\n'
    + '{"a": "São"}'.encode()
    + b"\r\n--x--\r\n"
)

_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["a", "é", "tokens"]), inner),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from(["status", "order", "x"]), _values))
def test_a_body_is_kept_as_it_came(body: dict[str, Any]) -> None:
    kept = from_json(json.dumps({**body, "token": TOKEN}))
    assert json.loads(kept.text) == body
    assert kept.tokens == (TOKEN,)


def test_numbers_are_kept_as_they_are_written() -> None:
    text = '{"a":1.10,"b":0.1234567890123456789012345,"c":123456789012345678901234567890,"d":1E2}'
    assert from_json(text).text == text


@pytest.mark.parametrize(
    "body",
    [
        {"token": TOKEN, "status": "authorized"},
        {"Token": TOKEN, "status": "authorized"},
        {"token": TOKEN, "body": {"status": "authorized"}},
        {"body": {"token": TOKEN, "status": "authorized"}, "headers": {}},
        {"payload": json.dumps({"token": TOKEN, "status": "authorized"})},
        {"data": {"event": {"token": TOKEN, "status": "authorized"}}},
    ],
)
def test_the_token_is_found_and_taken_out_wherever_it_stands(body: dict[str, Any]) -> None:
    kept = from_json(json.dumps(body))
    assert kept.carries_one_of(["another", TOKEN])
    assert not kept.carries_one_of(["another"])
    assert TOKEN not in kept.text
    assert kept.status == "authorized"


def test_an_accepted_token_is_hidden_in_any_other_place() -> None:
    body = from_json(json.dumps({"token": TOKEN, "note": f"see {TOKEN}"}))
    assert body.without([TOKEN]).text == '{"note":"see ***"}'


def test_a_token_that_is_no_text_is_another_token() -> None:
    assert not from_json('{"token": 5}').carries_one_of(["x", "55"])
    assert not from_json('{"token": null, "a": 1}').carries_one_of(["x"])


@pytest.mark.parametrize(
    ("first", "second", "are_equal"),
    [
        ('{"a": 1, "b": 2}', '{"b":2,"a":1}', True),
        ('{"a": 1, "token": "x"}', '{"a": 1}', True),
        ('{"a": "\\u00e9"}', '{"a": "é"}', True),
        ('{"a": 1}', '{"a": "1"}', False),
        ('{"a": [1, 2]}', '{"a": [2, 1]}', False),
    ],
)
def test_bodies_that_say_the_same_have_the_same_digest(
    first: str, second: str, are_equal: bool
) -> None:
    assert (from_json(first).digest == from_json(second).digest) is are_equal


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"   ",
        b"null",
        b"5",
        b'"text"',
        b"[]",
        b'[{"status": "authorized"}]',
        b'{"status": "authorized"',
        b'{"status": NaN}',
        b'{"a": 1e999}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b'{"a": "\xff"}',
        b'{"a": "\x00"}',
        b'{"a":' * 5000 + b"1" + b"}" * 5000,
        b'{"a":' * 80 + b"1" + b"}" * 80,
        b'{"a":[' + b"[" * 100_000,
    ],
)
def test_what_no_program_behind_the_inbox_could_read_is_refused(raw: bytes) -> None:
    with pytest.raises(UnreadableBodyError):
        parse(raw, JSON)


@pytest.mark.parametrize(
    ("raw", "content_type"),
    [
        ('{"a": "São"}'.encode(), JSON),
        ('{"a": "São"}'.encode(), ""),
        ('{"a": "São"}'.encode(), "text/plain"),
        ('{"a": "São"}'.encode(), FORM),  # curl --data
        ('{"a": "São"}'.encode("utf-8-sig"), JSON),
        ('{"a": "São"}'.encode("utf-16"), JSON),
        ('{"a": "São"}'.encode("latin-1"), "application/json; charset=iso-8859-1"),
        (b"payload=%7B%22a%22%3A%20%22S%C3%A3o%22%7D", FORM),
        (b"%7B%22a%22%3A%20%22S%C3%A3o%22%7D=", FORM),
        (
            FORM_DATA,
            MULTIPART,
        ),
    ],
)
def test_a_body_is_read_in_whatever_way_it_is_sent(raw: bytes, content_type: str) -> None:
    assert json.loads(parse(raw, content_type).text) == {"a": "São"}


def test_half_of_an_emoji_does_not_keep_a_sale_out() -> None:
    body = parse(b'{"status": "authorized", "name": "Ana \\ud83d", "token": "t"}', JSON)
    assert json.loads(body.text) == {"status": "authorized", "name": "Ana ?"}


def test_form_fields_that_hold_json_become_sections() -> None:
    whole = postback(3)
    fields = {
        key: json.dumps(value) if isinstance(value, dict) else value for key, value in whole.items()
    }
    body = from_fields(fields)
    assert body.carries_one_of([TOKEN])
    assert json.loads(body.text) == {key: one for key, one in whole.items() if key != "token"}


def test_a_token_beside_the_only_field_counts() -> None:
    body = from_fields({"token": TOKEN, "dados": json.dumps({"status": "refunded"})})
    assert body.carries_one_of([TOKEN])
    assert body.text == '{"status":"refunded"}'


@pytest.mark.parametrize(
    ("raw", "content_type"),
    [
        (b"hello", FORM),
        (b"a=1&b=2", FORM),
        (b"a=%FF%7B", FORM),
        (b"&".join(b"a%d=%%7B%%7D" % number for number in range(300)), FORM),
        (b"garbage", MULTIPART),
        (b"garbage", "multipart/form-data"),
        (b'{"a": 1}', "application/json; charset=no-such-charset"),
    ],
)
def test_a_form_that_holds_no_postback_is_refused(raw: bytes, content_type: str) -> None:
    with pytest.raises(UnreadableBodyError):
        parse(raw, content_type)


@given(st.binary(max_size=300), st.sampled_from([JSON, FORM, MULTIPART, ""]))
def test_any_bytes_are_kept_or_refused(raw: bytes, content_type: str) -> None:
    try:
        body = parse(raw, content_type)
    except UnreadableBodyError:
        return
    assert isinstance(json.loads(body.text), dict)


def test_nothing_of_a_buyer_is_in_a_refusal_or_a_representation() -> None:
    with pytest.raises(UnreadableBodyError) as refused:
        parse(encoded(postback())[:-5], JSON)
    assert "example.com" not in str(refused.value)
    assert "example.com" not in repr(from_json(json.dumps(postback())))
