"""Every shape of record becomes the same normal form, or says why not."""

from __future__ import annotations

import json
import unicodedata
from datetime import datetime, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from target_activecampaign.errors import UnusableOrderError
from target_activecampaign.ticto import Order, orders_in, value_at
from target_activecampaign.ticto.envelopes import body_of
from target_activecampaign.ticto.fields import path_fault
from target_activecampaign.ticto.values import cleaned, count, email, instant, split_name
from tests.target.support import ORDERS, body, order

SAO_PAULO = ZoneInfo("America/Sao_Paulo")
REJECTED = {"v2_panel_test"}
# file: event, moment in UTC, product, offer, payment method, renewal
EXPECTED = {
    "v2_authorized": ("authorized", "2026-03-02T13:00:00", "7001", "OEX00001", "credit_card", 0),
    "v2_authorized_pix": ("authorized", "2026-03-02T13:00:00", "7001", "OEX00001", "pix", 0),
    "v2_authorized_company_landline": (
        "authorized", "2026-03-02T13:00:00", "7001", "OEX00001", "credit_card", 0,
    ),
    "v2_authorized_foreign": (
        "authorized", "2026-03-02T13:00:00", "7001", "OEX00001", "credit_card", 0,
    ),
    "v2_authorized_no_phone": (
        "authorized", "2026-03-02T13:00:00", "7001", "OEX00001", "credit_card", 0,
    ),
    "v2_first_charge": ("authorized", "2026-03-02T13:00:00", "7002", "OEX00002", "credit_card", 0),
    "v2_renewal": ("authorized", "2026-05-02T06:00:00", "7002", "OEX00002", "credit_card", 1),
    "v2_bump": ("authorized", "2026-03-02T13:00:00", "7009", "OEX00009", "credit_card", 0),
    "v2_item_list": ("authorized", "2026-03-02T13:00:00", "7001", "OEX00001", "credit_card", 0),
    "v2_refunded": ("refunded", "2026-03-05T11:00:00", "7001", "OEX00001", "credit_card", 0),
    "v2_chargeback": ("chargeback", "2026-04-05T11:00:00", "7001", "OEX00001", "credit_card", 0),
    "v2_claimed": ("claimed", "2026-03-04T11:00:00", "7001", "OEX00001", "credit_card", 0),
    "v2_pix_created": ("pix_created", "2026-03-02T12:50:00", "7001", "OEX00001", "pix", 0),
    "v2_pix_expired": ("pix_expired", "2026-03-03T12:50:00", "7001", "OEX00001", "pix", 0),
    "v2_bank_slip_created": (
        "bank_slip_created", "2026-03-02T13:00:00", "7001", "OEX00001", "bank_slip", 0,
    ),
    "v2_bank_slip_delayed": (
        "bank_slip_delayed", "2026-03-06T12:00:00", "7001", "OEX00001", "bank_slip", 0,
    ),
    "v2_waiting_payment_pix": (
        "waiting_payment", "2026-03-02T12:50:00", "7001", "OEX00001", "pix", 0,
    ),
    "v2_refused_first_charge": (
        "refused", "2026-03-02T13:00:00", "7002", "OEX00002", "credit_card", 0,
    ),
    "v2_refused_renewal": ("refused", "2026-03-02T13:00:00", "7002", "OEX00002", "credit_card", 1),
    "v2_subscription_canceled": (
        "subscription_canceled", "2026-05-01T13:00:00", "7002", "OEX00002", "credit_card", 1,
    ),
    "v2_subscription_delayed": (
        "subscription_delayed", "2026-05-03T13:00:00", "7002", "OEX00002", "credit_card", 1,
    ),
    "v2_uncanceled": ("uncanceled", "2026-05-04T13:00:00", "7002", "OEX00002", "credit_card", 1),
    "v2_extended": ("extended", "2026-05-05T13:00:00", "7002", "OEX00002", "credit_card", 1),
    "v2_all_charges_paid": (
        "all_charges_paid", "2027-03-02T06:00:00", "7002", "OEX00002", "credit_card", 1,
    ),
    "v2_card_exchanged": (
        "card_exchanged", "2026-06-04T12:00:00", "7002", "OEX00002", "credit_card", 1,
    ),
    "v2_close": ("close", "2026-03-20T12:00:00", "7002", "OEX00002", "credit_card", 0),
    "v2_trial": ("trial", "2026-03-02T13:00:00", "7002", "OEX00002", "credit_card", 0),
    "v2_trial_started": (
        "trial_started", "2026-03-02T13:00:00", "7002", "OEX00002", "credit_card", 0,
    ),
    "v2_trial_ended": ("trial_ended", "2026-03-09T03:00:00", "7002", "OEX00002", "credit_card", 0),
    "v2_abandoned_cart_flat": ("abandoned_cart", "2026-03-01T23:00:00", None, "OEX00001", None, 0),
    "v2_abandoned_cart_nested": (
        "abandoned_cart", "2026-03-01T23:00:00", "7001", "OEX00001", None, 0,
    ),
    "v1_authorized_pix": ("authorized", None, "7001", "OEX00001", "pix", 0),
    "v1_refunded": ("refunded", None, "7001", "OEX00001", "pix", 0),
    "flat_paid": ("authorized", "2020-03-02T13:00:00", "7001", None, "credit_card", 0),
    "flat_billet_printed": ("bank_slip_created", None, "7001", None, "bank_slip", 0),
    "flat_abandoned_cart": ("abandoned_cart", None, "7001", None, None, 0),
    "api_authorized": ("authorized", "2026-03-02T13:00:00", "7001", "OEX00001", "credit_card", 0),
    "api_refunded": ("refunded", None, "7001", "OEX00001", "credit_card", 0),
    "api_delayed_pix": ("pix_expired", "2026-03-02T12:59:30", "7001", "OEX00001", "pix", 0),
    "api_delayed_renewal": (
        "subscription_delayed", "2026-03-02T12:59:30", "7001", "OEX00001", "credit_card", 1,
    ),
}  # fmt: skip


def read(record: dict[str, object]) -> list[Order]:
    return list(orders_in(body_of(record), SAO_PAULO))


def test_every_sample_is_either_expected_or_rejected() -> None:
    assert {path.stem for path in ORDERS.glob("*.json")} == {*EXPECTED, *REJECTED}


@pytest.mark.parametrize("name", EXPECTED)
def test_normal_form_of_each_shape(name: str) -> None:
    made = read(body(name))[0]
    moment = made.status_date and made.status_date.strftime("%Y-%m-%dT%H:%M:%S")
    seen = (made.event, moment, made.product_id, made.offer_code, made.payment_method)
    assert (*seen, int(made.is_renewal)) == EXPECTED[name]
    assert made.email == made.email.strip().lower()
    assert made.first_name


def test_amounts_are_whole_cents() -> None:
    made = read(body("v2_bump"))[0]
    amounts = [value_at(made.document, path) for path in ("item.amount", "order.paid_amount")]
    assert amounts == [14990, 14990]


def test_several_items_in_one_record_are_several_orders() -> None:
    assert [made.product_id for made in read(body("v2_item_list"))] == ["7001", "7009"]


def test_placeholders_are_absent() -> None:
    document = read(body("v2_authorized"))[0].document
    assert document["tracking"] == {"utm_source": None, "src": None, "utm_campaign": "lancamento"}
    assert document["customer"]["address"] is None
    real = read(body("v2_authorized_company_landline"))[0].document
    assert real["customer"]["address"]["city"] == "Recife"


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_placeholder_is_absent_when_its_accent_is_a_letter_of_its_own(form: Any) -> None:
    given = order(tracking__utm_source=unicodedata.normalize(form, " Não Informado"))
    assert read(given)[0].document["tracking"]["utm_source"] is None


@pytest.mark.parametrize(
    ("record", "shape"),
    [
        pytest.param({**order(), "email_customer": "relay@example.com"}, "v2", id="v2"),
        pytest.param(
            {**order(), "version": 2.0, "email_customer": "relay@example.com"}, "v2", id="number"
        ),
        pytest.param(
            {**body("flat_paid"), "customer": {"email": "x@example.com"}}, "flat", id="flat"
        ),
        pytest.param(
            {**body("v2_abandoned_cart_flat"), "email_customer": "relay@example.com"},
            "cart",
            id="cart",
        ),
    ],
)
def test_a_shape_is_told_in_the_order_of_the_reference_when_keys_of_two_are_there(
    record: dict[str, object], shape: str
) -> None:
    emails = {"v2": "ana@example.com", "flat": "beatriz.exemplo@example.com"}
    (made,) = read(record)
    assert made.email == emails.get(shape, "beatriz.exemplo@example.com")
    assert (made.product_id, made.offer_code) == {
        "v2": ("7001", "OEX00001"), "flat": ("7001", None), "cart": (None, "OEX00001"),
    }[shape]  # fmt: skip


SOLD = order(order_hash="TOCEX0001", transaction="TPCEX0001")
IN_V1 = {
    **body("v1_authorized_pix"),
    "order": {"hash": "TOCEX0001"},
    "transaction": {"hash": "TPCEX0001"},
}
IN_API = {
    **body("api_authorized"),
    "order": {"hash": "TOCEX0001"},
    "transaction": {**body("api_authorized")["transaction"], "hash": "TPCEX0001"},
}


@pytest.mark.parametrize(
    "record",
    [
        pytest.param(IN_V1, id="v1"),
        pytest.param(IN_API, id="api"),
        pytest.param({**IN_API, "offer": {"code": "OEX00001"}}, id="api without an offer's id"),
        pytest.param({**IN_API, "offer": {"id": 1, "code": "oex00001 "}}, id="api in lower case"),
        pytest.param(
            {**SOLD, "item": {**SOLD["item"], "offer_code": "oeX00001"}}, id="v2 in another case"
        ),
        pytest.param(
            {**SOLD, "item": {"product_id": "7001", "offer_name": "Novo nome"}}, id="v2 renamed"
        ),
    ],
)
def test_a_sale_is_one_item_when_it_comes_in_another_shape(record: dict[str, object]) -> None:
    (first,), (second,) = read(SOLD), read(record)
    assert first.item_parts == second.item_parts
    assert first.transaction_parts == second.transaction_parts


@pytest.mark.parametrize(
    "item",
    [
        pytest.param({"product_id": 7009, "offer_code": "OEX00009"}, id="bump"),
        pytest.param({"offer_code": "OEX00009"}, id="bump of the same product"),
        pytest.param({"product_id": 7009}, id="bump without a code of its own"),
    ],
)
def test_items_of_an_order_are_two_when_product_or_offer_differs(item: dict[str, object]) -> None:
    (main,), (bump,) = read(SOLD), read({**SOLD, "item": {**SOLD["item"], **item}})
    assert main.item_parts != bump.item_parts


DEEP: Any = json.loads('{"in":' * 60 + "1" + "}" * 60)
INNER = body("v2_refunded")
REJECT = {"stream": "orders", "reason": "x", "what_to_do": "y"}


@pytest.mark.parametrize(
    "record",
    [
        pytest.param({"id": 1, "body": INNER}, id="object"),
        pytest.param({"id": 1, "payload": json.dumps(INNER)}, id="text"),
        pytest.param({**REJECT, "record": INNER}, id="reject"),
        pytest.param({**REJECT, "record": {**REJECT, "record": INNER}}, id="reject of a reject"),
    ],
)
def test_a_body_in_a_column_is_unwrapped(record: dict[str, object]) -> None:
    assert read(record)[0].event == "refunded"


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        pytest.param(body("v2_panel_test"), "test button", id="panel test"),
        pytest.param({"anything": 1}, "not recognised", id="anything"),
        pytest.param({"data": [body("api_authorized")], "meta": {}}, "page", id="page"),
        pytest.param(
            {"situation": "ativa", "transactions": [], "customer": {}},
            "subscriptions API",
            id="subscription",
        ),
        pytest.param({**order(), "version": "3.0"}, "version", id="version"),
        pytest.param(order(status="sale_approved"), "status", id="status"),
        pytest.param(order(email="ana@example"), "e-mail", id="no top-level domain"),
        pytest.param(order(email=""), "e-mail", id="no e-mail"),
        pytest.param(order(email="a(b)@example.com"), "e-mail", id="brackets"),
        pytest.param({**order(), "tracking": DEEP}, "deeply", id="deep"),
    ],
)
def test_an_unusable_record_says_why(record: dict[str, object], reason: str) -> None:
    with pytest.raises(UnusableOrderError, match=reason):
        read(record)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("customer.cpf", "52998224725"),
        ("subscriptions.0.change_card_url", "https://example.com/card/EX"),
        ("subscriptions.change_card_url", "https://example.com/card/EX"),
        ("subscriptions.5.id", None),
        ("customer.cpf.digits", None),
        ("nothing.at.all", None),
    ],
)
def test_paths_lead_into_the_order(path: str, value: object) -> None:
    assert value_at(read(body("v2_renewal"))[0].document, path) == value


def test_older_shapes_have_the_paths_of_v2() -> None:
    billet = read(body("flat_billet_printed"))[0].document
    assert value_at(billet, "transaction.bank_slip_url") == "https://example.com/boleto/EX"
    assert value_at(read(body("api_authorized"))[0].document, "item.amount") == 14990


@pytest.mark.parametrize("path", ["token", "transaction.cards", "transaction.cards.0.holder", ""])
def test_secret_paths_are_refused(path: str) -> None:
    assert path_fault(path)


def test_a_repr_shows_nothing_of_the_buyer() -> None:
    shown = repr(read(body("v2_authorized"))[0])
    assert not [part for part in ("beatriz", "Exemplo Nunes", "99888", "529982") if part in shown]


@given(st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2090, 1, 1)))  # noqa: DTZ001
def test_both_ways_to_write_a_date_mean_the_same_instant(moment: datetime) -> None:
    dashes = instant(moment.strftime("%Y-%m-%d %H:%M:%S"), timezone.utc)
    slashes = instant(moment.strftime("%d/%m/%Y %H:%M:%S"), timezone.utc)
    assert dashes == slashes == moment.replace(microsecond=0, tzinfo=timezone.utc)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
KEYS = st.sampled_from(
    sorted({*order(), "email", "email_customer", "url_params", "offer", "product"})
)


@given(st.dictionaries(KEYS, JSON, max_size=3))
def test_no_record_crashes_the_reader(record: dict[str, object]) -> None:
    try:
        for made in read({**order(), **record}):
            assert "@" in made.email
    except UnusableOrderError as error:
        assert error.reason  # noqa: PT017
        assert error.remedy  # noqa: PT017


@given(JSON)
def test_values_are_read_from_anything(value: object) -> None:
    cleaned(value)
    split_name(value)
    assert count(value) is None or isinstance(count(value), int)
    assert email(value) is None or "@" in str(email(value))
    assert instant(value, SAO_PAULO) is None or instant(value, SAO_PAULO).tzinfo  # type: ignore[union-attr]
