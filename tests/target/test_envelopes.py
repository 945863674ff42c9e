"""What orders come wrapped in, where their token stands, and why other records are no orders."""

from __future__ import annotations

import json
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from target_activecampaign.errors import UnusableOrderError
from target_activecampaign.ticto import orders_in
from target_activecampaign.ticto.envelopes import body_of, unwrap
from target_activecampaign.ticto.records import RecordReader
from tests.target.support import body, order

ZONE = ZoneInfo("America/Sao_Paulo")
TOKEN = "SECRET-of-the-webhook"
SALE = order("ana@example.com", token=TOKEN)
BARE = {key: value for key, value in SALE.items() if key != "token"}


def as_form(record: dict[str, Any]) -> dict[str, Any]:
    """Return a postback as a form carries it: each part is text, objects are JSON text."""
    return {
        key: value if isinstance(value, str) or value is None else json.dumps(value)
        for key, value in record.items()
    }


WRAPPED = {
    "as it is": SALE,
    "column body": {"id": 7, "received_at": "2026-03-02", "body": SALE},
    "column in capitals": {"ID": 7, "BODY": SALE},
    "JSON text": {"id": 7, "payload": json.dumps(SALE)},
    "JSON text twice": {"id": 7, "payload": json.dumps(json.dumps(SALE))},
    "JSON text in a list": {"body": json.dumps([SALE])},
    "item of an automation tool": {
        "headers": {"user-agent": "Ticto Webhooks"}, "params": {}, "query": {}, "body": SALE,
    },
    "item in an item": {"json": {"headers": {}, "body": SALE}},
    "list of one": {"body": [SALE]},
    "message of a queue": {"message": {"data": json.dumps(SALE), "id": "1"}},
    "three levels": {"event": {"request": {"body": json.dumps(SALE)}}},
    "form": as_form(SALE),
    "form in a column": {"body": as_form(SALE)},
    "phone as JSON text": {
        **SALE, "customer": {**SALE["customer"], "phone": json.dumps(SALE["customer"]["phone"])},
    },
    "reject": {"stream": "s", "reason": "r", "what_to_do": "w", "record": SALE, "time": "t"},
}  # fmt: skip


@pytest.mark.parametrize("name", WRAPPED)
def test_an_order_is_found_in_what_it_is_wrapped_in(name: str) -> None:
    (plain,), (found,) = orders_in(SALE, ZONE), orders_in(body_of(WRAPPED[name]), ZONE)
    for attribute in ("email", "phone", "item_parts", "transaction_parts", "status_date", "event"):
        assert getattr(found, attribute) == getattr(plain, attribute)
    assert unwrap(WRAPPED[name]).token == TOKEN


@pytest.mark.parametrize("times", [1, 2, 6])
def test_a_reject_that_is_fed_in_again_is_what_was_rejected(times: int) -> None:
    record: dict[str, Any] = {"no": "order"}
    for _ in range(times):
        record = {"stream": "s", "reason": "r", "what_to_do": "w", "record": record, "time": "t"}
    assert body_of(record) == {"no": "order"}


@given(
    st.lists(st.sampled_from(["body", "payload", "data", "json", "event"]), max_size=4),
    st.lists(st.sampled_from(["object", "text", "list"]), min_size=4, max_size=4),
)
def test_an_order_is_found_at_any_depth_that_tools_make(names: list[str], ways: list[str]) -> None:
    record: Any = SALE
    for name, way in zip(names, ways, strict=False):
        wrapped = {"object": record, "text": json.dumps(record), "list": [record]}[way]
        record = {name: wrapped, "id": 1}
    assert unwrap(record).body == SALE


@pytest.mark.parametrize(
    ("record", "is_right"),
    [
        ({"token": TOKEN, "body": BARE}, True),
        ({"token": TOKEN, "body": json.dumps(BARE)}, True),
        ({"token": TOKEN, "event": {"body": BARE}}, True),
        ({"id": 1, "body": {"token": TOKEN, "payload": BARE}}, True),
        ({"token": "another", "body": BARE}, False),
        ({"body": BARE}, False),
        # The body's own token decides.
        ({"token": TOKEN, "body": {**BARE, "token": "another"}}, False),
        ({"token": "another", "body": SALE}, True),
        ({"token": None, "body": SALE}, True),
        ({"token": 5, "body": BARE}, False),
        (BARE, False),
        (SALE, True),
    ],
)
def test_the_token_stands_in_the_body_or_beside_it(record: dict[str, Any], is_right: bool) -> None:
    assert RecordReader(ZONE, TOKEN).has_right_token(record) is is_right
    assert RecordReader(ZONE).has_right_token(record)


FLAT_COLUMNS = {
    "status": "authorized",
    "payment_method": "pix",
    "customer_name": "Ana",
    "customer_email": "ana@example.com",
    "order_hash": "T",
}


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (FLAT_COLUMNS, "has been flattened"),
        ({"body": FLAT_COLUMNS}, "has been flattened"),
        ({"customer__email": "a@example.com", "order__hash": "T"}, "has been flattened"),
        ({"customer.email": "a@example.com"}, "has been flattened"),
        ({"customer[email]": "a@example.com"}, "has been flattened"),
        ({"CUSTOMER_EMAIL": "a@example.com"}, "has been flattened"),
        (
            {"event": "AFFILIATION_CREATED", "status": "approved", "email": "a@example.com"},
            "about an affiliate",
        ),
        ({"event": "affiliation_updated"}, "about an affiliate"),
        ({"body": {"event": "AFFILIATION_CREATED", "status": "approved"}}, "about an affiliate"),
        ({"json": {"body": json.dumps({"access_token": "x"})}}, "answer to a login"),
        (
            {"event": "invoice.status_updated", "data": {"invoice": {"status": "paid"}}},
            "holds an invoice",
        ),
        ({"data": {"invoice": {"status": "paid", "customer": {}}}}, "holds an invoice"),
        ({"access_token": "x", "token_type": "Bearer", "expires_in": 3600}, "answer to a login"),
        ({"data": [body("api_authorized")], "meta": {}}, "a page of Ticto's API"),
        ({"data": [body("api_authorized")] * 2, "meta": {}}, "a page of Ticto's API"),
        ({"body": [SALE, SALE]}, "list of several bodies"),
        ({"situation": "Ativa", "transactions": [], "customer": {}}, "subscriptions API"),
        ({"status": "authorized", "email": "a@example.com"}, "no buyer"),
        ({"version": "1.0", "customer": {}}, "version of Ticto's webhook"),
        ({}, "not recognised"),
        ({"hello": "world"}, "not recognised"),
    ],
)
def test_what_is_no_order_has_its_own_reason(record: dict[str, Any], reason: str) -> None:
    with pytest.raises(UnusableOrderError, match=reason) as raised:
        list(orders_in(body_of(record), ZONE))
    assert raised.value.remedy.endswith(".")
    assert "example.com" not in raised.value.reason + raised.value.remedy


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["body", "data", "json", "token", "status", "customer", "meta"]), inner
        )
        | inner.map(json.dumps)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["body", "data", "payload", "event", "record"]), JSON))
def test_any_record_is_unwrapped_or_left_as_it_is(record: dict[str, Any]) -> None:
    found = unwrap(record)
    assert isinstance(found.body, dict)
    assert found.token is None or isinstance(found.token, str)
    try:
        list(orders_in(found.body, ZONE))
    except UnusableOrderError as error:
        assert error.reason.endswith(".")  # noqa: PT017
