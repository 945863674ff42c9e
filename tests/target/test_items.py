"""Items of a record: bumps told in two ways, `items` for `item`, and what sources they are of."""

from __future__ import annotations

import copy
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from target_activecampaign.ticto import Order, orders_in, value_at
from target_activecampaign.ticto.envelopes import body_of
from target_activecampaign.ticto.order import Product
from target_activecampaign.ticto.statuses import STATUSES
from tests.target.support import body, order

ZONE = ZoneInfo("America/Sao_Paulo")
MAIN = {"product_id": 7001, "product_name": "Oficina Exemplo", "offer_code": "OEX00001"}
BUMP = {
    "product_id": 7009,
    "product_name": "Caderno Exemplo",
    "offer_id": 8009,
    "offer_name": "Caderno na compra",
    "offer_code": "OEX00009",
    "offer_price": "47.00",
}
OTHER_BUMP = {"product_id": 7010, "product_name": "Aula Extra", "offer_code": "OEX00010"}


def read(record: dict[str, Any]) -> list[Order]:
    return list(orders_in(body_of(record), ZONE))


def sale(*, bumps: list[Any] | None = None, **changes: Any) -> dict[str, Any]:
    """Return the record of a sale's main item, with the checkout's own offer."""
    made = order(order_hash="TOCEX0001", transaction="TPCEX0001", **changes)
    made["item"] = {**made["item"], **MAIN}
    made["checkout_url"] = "https://checkout.example.com/OEX00001"
    return made if bumps is None else {**made, "bumps": bumps}


def bump_record(**more: Any) -> dict[str, Any]:
    """Return the record of the bump's own."""
    made = sale()
    del made["checkout_url"]
    made["item"] = {key: value for key, value in BUMP.items() if key != "offer_price"}
    return {**made, **more}


def test_a_bump_is_the_same_item_when_it_is_told_in_two_ways() -> None:
    main, inside = read(sale(bumps=[BUMP]))
    (own,) = read(bump_record())
    assert main.item_parts == read(sale())[0].item_parts
    assert main.item_parts != inside.item_parts
    assert inside.item_parts == own.item_parts
    assert inside.transaction_parts == own.transaction_parts
    assert (inside.event, inside.status_date, inside.email) == (
        own.event, own.status_date, own.email,
    )  # fmt: skip


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param(BUMP, id="flat"),
        pytest.param(
            {"product": {"id": 7009, "name": "x"}, "offer": {"code": "OEX00009"}}, id="nested"
        ),
        pytest.param({"product_id": "7009", "offer": {"code": "oex00009"}}, id="lower case"),
        pytest.param({"product_id": 7009, "offer_code": " OEX00009 "}, id="blanks"),
    ],
)
def test_a_bump_in_the_main_record_is_read_in_each_spelling(entry: dict[str, Any]) -> None:
    _, inside = read(sale(bumps=[entry]))
    assert inside.item_parts == read(bump_record())[0].item_parts
    assert inside.sources == {"bump", "producer"}


@pytest.mark.parametrize(
    ("prices", "cents"),
    [
        ({"offer_price": "47.00"}, 4700),
        ({"offer_price": 47}, 4700),
        ({"price": "47,00"}, 4700),
        ({"amount": 4700}, 4700),
        ({"amount": 4700, "offer_price": "99.00"}, 4700),
        ({}, None),
    ],
)
def test_a_bumps_price_is_in_cents_however_it_is_told(
    prices: dict[str, Any], cents: int | None
) -> None:
    entry = {"product_id": 7009, "offer_code": "OEX00009", **prices}
    _, inside = read(sale(bumps=[entry]))
    assert value_at(inside.document, "item.amount") == cents


def test_a_bump_has_nothing_of_its_main_items_own() -> None:
    record = {
        **sale(bumps=[{"product_id": 7009, "product_name": "Caderno Exemplo"}]),
        "offer": {"id": 1, "code": "OEX00001", "name": "Principal", "is_subscription": True},
        "subscriptions": [{"id": 5, "successful_charges": 1, "change_card_url": "x"}],
    }
    main, inside = read(record)
    assert main.tells_of_subscription
    assert (inside.offer_code, inside.offer_name) == (None, None)
    assert not inside.tells_of_subscription
    assert value_at(inside.document, "subscriptions.change_card_url") is None
    assert value_at(inside.document, "customer.cpf") == value_at(main.document, "customer.cpf")


@pytest.mark.parametrize("status", sorted(STATUSES))
def test_bumps_share_what_happens_to_the_charge_and_nothing_else(status: str) -> None:
    products = [made.product_id for made in read(sale(bumps=[BUMP], status=status))]
    of_the_subscription = {
        "trial", "trial_started", "trial_ended", "subscription_delayed", "subscription_canceled",
        "uncanceled", "extended", "all_charges_paid", "card_exchanged",
    }  # fmt: skip
    alone = status in of_the_subscription or status == "abandoned_cart"
    assert products == (["7001"] if alone else ["7001", "7009"])


def test_a_renewal_does_not_pay_for_the_bumps_again() -> None:
    renewal = {**sale(bumps=[BUMP]), "subscriptions": [{"successful_charges": 2}]}
    assert [made.product_id for made in read(renewal)] == ["7001"]


@pytest.mark.parametrize(
    ("record", "products"),
    [
        pytest.param(sale(bumps=[]), ["7001"], id="none"),
        pytest.param(sale(bumps=[BUMP, OTHER_BUMP]), ["7001", "7009", "7010"], id="two"),
        pytest.param(sale(bumps=[BUMP, BUMP]), ["7001", "7009"], id="the same twice"),
        pytest.param({**sale(), "bumps": BUMP}, ["7001", "7009"], id="an object"),
        pytest.param(sale(bumps=[None, 5, "x", [], {}]), ["7001"], id="junk"),
        pytest.param(bump_record(bumps=[BUMP]), ["7009"], id="own record with itself"),
        pytest.param(
            bump_record(bumps=[BUMP, OTHER_BUMP]), ["7009", "7010"], id="own record with another"
        ),
        pytest.param({**sale(), "item": None, "items": [MAIN]}, ["7001"], id="items"),
        pytest.param({**sale(), "item": {}, "items": [MAIN]}, ["7001"], id="items, empty item"),
        pytest.param({**sale(), "item": [MAIN, BUMP]}, ["7001", "7009"], id="item is a list"),
        pytest.param({**sale(), "items": [MAIN, BUMP]}, ["7001", "7009"], id="item and items"),
        pytest.param({**sale(), "item": None, "items": MAIN}, ["7001"], id="items is an object"),
        pytest.param(
            {**sale(bumps=[BUMP]), "item": None, "items": [MAIN, BUMP]},
            ["7001", "7009"],
            id="items and bumps",
        ),
    ],
)
def test_each_item_of_a_record_is_read_once(record: dict[str, Any], products: list[str]) -> None:
    assert [made.product_id for made in read(record)] == products


def test_items_stands_for_item() -> None:
    without = {key: value for key, value in sale().items() if key != "item"}
    (first,), (second,) = read(sale()), read({**without, "items": [sale()["item"]]})
    assert first.item_parts == second.item_parts
    assert first.document["item"] == second.document["item"]


@pytest.mark.parametrize(
    ("record", "sources"),
    [
        pytest.param(sale(), {"main", "producer"}, id="main"),
        pytest.param(body("v1_authorized_pix"), {"main", "producer"}, id="does not tell"),
        pytest.param(body("api_authorized"), {"main", "producer"}, id="row does not tell"),
        pytest.param(
            {**body("api_authorized"), "order": {"hash": "T", "type": "order_bump"}},
            {"bump", "producer"},
            id="row of a bump",
        ),
        pytest.param(
            {**body("api_authorized"), "order": {"hash": "T", "type": "default"}},
            {"main", "producer"},
            id="row of a default order",
        ),
        pytest.param(bump_record(bumps=[BUMP]), {"bump", "producer"}, id="among the bumps"),
        pytest.param(
            bump_record(checkout_url="https://checkout.example.com/OEX00001"),
            {"bump", "producer"},
            id="bought in another offer's checkout",
        ),
        pytest.param(
            bump_record(query_params={"offer_code": "OEX00001"}),
            {"bump", "producer"},
            id="another offer's parameters",
        ),
        pytest.param(
            bump_record(checkout_url="https://checkout.example.com/oex00009?x=1"),
            {"main", "producer"},
            id="its own checkout",
        ),
        pytest.param(
            bump_record(
                checkout_url="https://checkout.example.com/OEX00001",
                query_params={"offer_code": "OEX00009"},
            ),
            {"main", "producer"},
            id="checkout and parameters disagree",
        ),
        pytest.param(
            {**bump_record(), "item": {**BUMP, "is_bump": True}}, {"bump", "producer"}, id="mark"
        ),
        pytest.param(
            {**bump_record(), "item": {**BUMP, "offer_type": "Order Bump"}},
            {"bump", "producer"},
            id="kind",
        ),
        pytest.param({**sale(), "commission_type": "affiliate"}, {"main", "affiliate"}, id="aff"),
        pytest.param({**sale(), "commission_type": "Affiliate"}, {"main", "affiliate"}, id="Aff"),
        pytest.param({**sale(), "commission_type": "producer"}, {"main", "producer"}, id="prod"),
        pytest.param({**sale(), "commission_type": None}, {"main", "producer"}, id="no type"),
        pytest.param(
            {**sale(), "commission_type": "producer", "affiliates": [{"id": 1}]},
            {"main", "producer"},
            id="the producer's copy of a sale by an affiliate",
        ),
    ],
)
def test_the_sources_that_a_record_tells(record: dict[str, Any], sources: set[str]) -> None:
    assert read(record)[0].sources == sources


@pytest.mark.parametrize(
    ("changes", "tells"),
    [
        ({}, False),
        ({"subscriptions": []}, False),
        ({"subscriptions": [{"id": 1}]}, True),
        ({"subscriptions": {"id": 1, "successful_charges": 1}}, True),
        ({"offer": {"is_subscription": True}}, True),
        ({"offer": {"is_subscription": False}}, False),
        ({"offer": {"is_subscription": "false"}}, False),
        ({"status": "subscription_canceled"}, True),
        ({"status": "refunded"}, False),
    ],
)
def test_a_record_tells_of_a_subscription(changes: dict[str, Any], tells: bool) -> None:
    assert read({**sale(), **changes})[0].tells_of_subscription is tells


def test_subscriptions_may_be_an_object() -> None:
    record = {**sale(), "subscriptions": {"successful_charges": 3, "change_card_url": "u"}}
    (made,) = read(record)
    assert made.is_renewal
    assert value_at(made.document, "subscriptions.0.change_card_url") == "u"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (("1", "a"), ("1", "b"), True),
        (("1", "a"), ("2", "a"), False),
        (("1", "a"), (None, "a"), True),
        ((None, "a"), (None, "a"), True),
        ((None, "a"), (None, "b"), False),
        ((None, None), (None, None), False),
        (("1", None), (None, "a"), False),
    ],
)
def test_products_are_one_by_number_else_by_name(
    one: tuple[Any, Any], other: tuple[Any, Any], same: bool
) -> None:
    assert Product(*one).is_same_as(Product(*other)) is same
    assert Product(*other).is_same_as(Product(*one)) is same


def test_a_product_is_the_same_whichever_way_its_name_is_written() -> None:
    (cart,) = read(
        {**body("v2_abandoned_cart_flat"), "product_id": None, "product_name": " OFICINA  exemplo "}
    )
    assert cart.product.is_same_as(read(sale())[0].product)


ENTRIES = st.fixed_dictionaries(
    {},
    optional={
        "product_id": st.integers(1, 3) | st.none(),
        "product_name": st.sampled_from(["A", "B"]) | st.none(),
        "offer_code": st.sampled_from(["O1", "o2"]) | st.none(),
        "offer_id": st.integers(1, 2),
        "offer": st.none() | st.fixed_dictionaries({"code": st.sampled_from(["O1", "O3"])}),
        "offer_price": st.text(max_size=4) | st.floats(allow_nan=False) | st.integers(),
    },
)


@given(st.lists(ENTRIES, max_size=3), st.lists(ENTRIES, max_size=3), st.none() | ENTRIES)
def test_items_of_any_kind_are_read_once_and_leave_the_record_as_it_is(
    items: list[Any], bumps: list[Any], item: Any
) -> None:
    record = {**sale(bumps=bumps), "item": item, "items": items}
    before = copy.deepcopy(record)
    made = read(record)
    assert record == before
    assert 1 <= len(made) <= len(items) + len(bumps) + 1
    assert {one.order_hash for one in made} == {"TOCEX0001"}
