"""Fields: paths into the order, money in reais, alternatives, and paths of 2.0 for every shape."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from target_activecampaign.ticto import orders_in, value_at
from target_activecampaign.ticto.envelopes import body_of
from target_activecampaign.ticto.fields import in_reais, path_fault
from target_activecampaign.ticto.values import cents_of_reais, cleaned
from tests.target.support import body, order

ZONE = ZoneInfo("America/Sao_Paulo")
DOCUMENT = {
    "order": {"paid_amount": 25512, "text": "25512", "none": None, "blank": " "},
    "customer": {"cpf": None, "cnpj": "11222333000181"},
    "producer": {"cms": "596.53"},
    "subscriptions": [{"id": 1, "price": 100}, {"id": 2}],
    "empty": [],
    "blanks": ["", None],
    "zero": 0,
    "no": False,
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("order.paid_amount", 25512),
        ("order.paid_amount|brl", "255.12"),
        ("order.paid_amount | BRL", "255.12"),
        ("order.text|brl", "255.12"),
        ("zero|brl", "0.00"),
        ("subscriptions.price|brl", "1.00"),
        ("subscriptions.1.id", 2),
        ("producer.cms|brl", "596.53"),
        ("order.none|brl", None),
        ("order.missing|brl", None),
        ("customer.cnpj|brl", "112223330001.81"),
        ("no|brl", None),
        ("customer.cpf || customer.cnpj", "11222333000181"),
        ("customer.cpf||customer.cnpj", "11222333000181"),
        ("customer.cnpj || customer.cpf", "11222333000181"),
        (
            "order.blank || customer.cpf || empty || blanks || customer || zero",
            DOCUMENT["customer"],
        ),
        ("order.blank || customer.cpf || empty || blanks || zero", 0),
        ("no || zero", False),
        ("order.none|brl || order.paid_amount|brl", "255.12"),
        ("order.none || order.blank", None),
    ],
)
def test_a_path_leads_to_a_value(path: str, value: Any) -> None:
    assert path_fault(path) is None
    assert value_at(DOCUMENT, path) == value


@pytest.mark.parametrize(
    "path",
    [
        "",
        " ",
        "||",
        "a ||",
        "|| a",
        "a || || b",
        "a..b",
        ".a",
        "a|",
        "|brl",
        "a|usd",
        "a|brl|brl",
        "token",
        "customer.cpf || token",
        "body.Token",
        "transaction",
        "transaction.cards",
        "customer.cpf || transaction.cards.0.holder",
    ],
)
def test_a_path_that_leads_nowhere_or_to_a_secret_is_refused(path: str) -> None:
    assert path_fault(path)


@given(st.integers(-(10**12), 10**12))
def test_cents_in_reais_lose_nothing(cents: int) -> None:
    written = in_reais(cents)
    assert written is not None
    assert Decimal(written) * 100 == cents
    assert written.partition(".")[2].isdigit()
    assert len(written.partition(".")[2]) == 2


@pytest.mark.parametrize(
    ("written", "cents"),
    [
        ("47.00", 4700),
        ("47", 4700),
        (48, 4800),
        (47.5, 4750),
        ("255,12", 25512),
        ("R$ 1.255,12", 125512),
        ("0,005", 1),
        ("-10.00", -1000),
        ("", None),
        ("grátis", None),
        ("1.2.3", None),
        (True, None),
        (None, None),
        ([], None),
        (float("inf"), None),
    ],
)
def test_amounts_in_reais_are_read(written: Any, cents: int | None) -> None:
    assert cents_of_reais(written) == cents


@given(st.integers(0, 10**11))
def test_reais_are_read_as_the_panel_writes_them(cents: int) -> None:
    reais, rest = divmod(cents, 100)
    panel = f"{reais:,}".replace(",", ".") + f",{rest:02d}"
    assert cents_of_reais(panel) == cents_of_reais(f"{reais}.{rest:02d}") == cents


@pytest.mark.parametrize(
    "written",
    [
        "Não Informado", "Não informado", "NÃO INFORMADO", "Nao Informado", "nao informado",
        " Não  Informado ", "N/A", "n/a", "Na\u0303o Informado", "Não informada",
    ],
)  # fmt: skip
def test_a_placeholder_is_absent(written: str) -> None:
    given_order = order(tracking__utm_source=written, customer__cpf=written)
    (read,) = orders_in(given_order, ZONE)
    assert value_at(read.document, "tracking.utm_source") is None
    assert value_at(read.document, "customer.cpf || tracking.utm_campaign") == "lancamento"


@pytest.mark.parametrize("written", ["Nada", "NA", "n/a - teste", "Informado", "0", "não"])
def test_what_only_looks_like_a_placeholder_stays(written: str) -> None:
    assert cleaned({"a": [written]}) == {"a": [written]}


V1 = body("v1_authorized_pix")
UTMS = {"utm_source": "facebook", "utm_campaign": "natal", "src": "pagina"}
CSV = {
    "Código do Pedido": "TOCEX1",
    "Código da Transação": "TPCEX1",
    "Data do Pedido": "02/03/2026 11:39:53",
    "Status": "Autorizado",
    "E-mail do Cliente": "ana@example.com",
    "Valor Pago": "255,12",
    "Documento do Cliente": "529.982.247-25",
    "utm_source": "facebook",
}


@pytest.mark.parametrize(
    ("record", "path", "value"),
    [
        ({**V1, "url_params": {"query_params": UTMS}}, "tracking.utm_source", "facebook"),
        ({**V1, "url_params": {"query_params": UTMS}}, "tracking.src", "pagina"),
        ({**V1, "url_params": {"query_params": UTMS}}, "query_params.utm_campaign", "natal"),
        ({**V1, "url_params": None}, "tracking.utm_source", None),
        ({**order(), "tracking": {}, "query_params": UTMS}, "tracking.utm_source", "facebook"),
        (
            {**order(), "tracking": {"utm_source": "Não Informado"}, "query_params": UTMS},
            "tracking.utm_source",
            "facebook",
        ),
        (
            {**order(), "tracking": {"utm_source": "google"}, "query_params": UTMS},
            "tracking.utm_source",
            "google",
        ),
        ({**body("v2_abandoned_cart_flat"), **UTMS}, "tracking.utm_source", "facebook"),
        (
            {**body("v2_abandoned_cart_flat"), "document": "52998224725"},
            "customer.cpf",
            "52998224725",
        ),
        (
            {**body("v2_abandoned_cart_flat"), "document": "11.222.333/0001-81"},
            "customer.cpf || customer.cnpj",
            "11.222.333/0001-81",
        ),
        (
            {**body("v2_abandoned_cart_flat"), "document": "12ABC34501DE35"},
            "customer.cnpj",
            "12ABC34501DE35",
        ),
        (body("flat_billet_printed"), "transaction.bank_slip_url", "https://example.com/boleto/EX"),
        (body("api_authorized"), "order.paid_amount|brl", "149.90"),
        (CSV, "order.paid_amount|brl", "255.12"),
        (CSV, "customer.cpf", "529.982.247-25"),
        (CSV, "tracking.utm_source", "facebook"),
        (CSV, "Valor Pago", "255,12"),
    ],
)
def test_paths_of_webhook_2_lead_into_every_shape(record: Any, path: str, value: Any) -> None:
    (read,) = orders_in(body_of(record), ZONE)
    assert value_at(read.document, path) == value


SEGMENTS = st.text("abc_0", min_size=1, max_size=4)
PATHS = st.lists(SEGMENTS, min_size=1, max_size=3).map(".".join)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(SEGMENTS, inner, max_size=3),
    max_leaves=8,
)


@given(
    st.dictionaries(SEGMENTS, JSON),
    st.lists(st.tuples(PATHS, st.booleans()), min_size=1, max_size=3),
)
def test_the_first_path_with_a_value_counts(
    document: dict[str, Any], paths: list[tuple[str, bool]]
) -> None:
    written = [f"{path}{'|brl' if in_brl else ''}" for path, in_brl in paths]
    expression = " || ".join(written)
    assert path_fault(expression) is None
    each = [value_at(document, path) for path in written]
    assert value_at(document, expression) == next((v for v in each if v is not None), None)


@given(st.text("abc.|0 ", max_size=12), st.dictionaries(SEGMENTS, JSON))
def test_any_text_is_a_path_or_is_refused(written: str, document: dict[str, Any]) -> None:
    if path_fault(written) is None:
        assert all(part.strip() for part in written.split("||"))
        value_at(document, written)
