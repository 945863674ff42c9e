"""Orders from elsewhere than postbacks: rows of the orders API, and of the panel's CSV export."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from target_activecampaign.events.outcome import Outcome
from target_activecampaign.events.sequence import Event, decide
from target_activecampaign.ticto import Order, orders_in
from target_activecampaign.ticto.envelopes import body_of
from target_activecampaign.ticto.phones import Phone
from tests.target.support import body, order

ZONE = ZoneInfo("America/Sao_Paulo")
CREATED, APPROVED, CHANGED = "02/03/2026 11:39:53", "02/03/2026 11:39:58", "09/03/2026 15:20:00"


def read(record: dict[str, Any]) -> Order:
    (made,) = orders_in(body_of(record), ZONE)
    return made


def row(status: str, *, occurrence: int = 1, method: str = "pix", **dates: Any) -> dict[str, Any]:
    """Return a row of the orders API."""
    made = body("api_authorized")
    approved = dates.pop("approved_date", APPROVED)
    transaction = {"created_at": CREATED, "updated_at": CHANGED, **dates}
    return {
        **made,
        "created_at": CREATED,
        "approved_date": approved,
        "transaction": {
            **made["transaction"],
            "status": status,
            "occurrence": occurrence,
            "payment_method": method,
            **transaction,
        },
    }


def moment(made: Order) -> str | None:
    if made.status_date is None:
        return None
    return made.status_date.astimezone(ZONE).strftime("%d/%m/%Y %H:%M:%S")


@pytest.mark.parametrize(
    ("record", "event", "date"),
    [
        (row("authorized"), "authorized", APPROVED),
        (row("authorized", approved_date=None), "authorized", CREATED),
        (row("refunded"), "refunded", CHANGED),
        (row("chargeback"), "chargeback", CHANGED),
        (row("claimed"), "claimed", CHANGED),
        (row("closed"), "close", CHANGED),
        # Nothing has changed since the payment: the date of the refund is not known.
        (row("refunded", updated_at=None), "refunded", None),
        (row("refunded", updated_at=APPROVED), "refunded", None),
        (row("refunded", updated_at=CREATED), "refunded", None),
        (row("refunded", updated_at="no date"), "refunded", None),
        (row("refunded", approved_date=None), "refunded", CHANGED),
        (row("refused"), "refused", CREATED),
        (row("waiting_payment", approved_date=None), "waiting_payment", CREATED),
        (row("delayed", approved_date=None), "pix_expired", CHANGED),
        (row("delayed", approved_date=None, updated_at=None), "pix_expired", CREATED),
        (row("delayed", method="bank_slip", approved_date=None), "bank_slip_delayed", CHANGED),
        (row("delayed", method="credit_card", occurrence=2), "subscription_delayed", CHANGED),
        (row("aborted", approved_date=None), "aborted", CHANGED),
    ],
)
def test_a_row_of_the_api_is_dated_by_what_it_tells(
    record: dict[str, Any], event: str, date: str | None
) -> None:
    made = read(record)
    assert (made.event, moment(made)) == (event, date)


@pytest.mark.parametrize(
    ("changes", "tells", "renews"),
    [
        ({}, False, False),
        ({"subscription_id": 510101}, True, False),
        ({"product": {"id": 7001, "is_subscription": True}}, True, False),
        ({"offer": {"code": "OEX00001", "is_subscription": True}}, True, False),
        ({"transaction": {"status": "authorized", "occurrence": 3}}, True, True),
    ],
)
def test_a_row_of_the_api_tells_of_subscription_and_renewal(
    changes: dict[str, Any], tells: bool, renews: bool
) -> None:
    made = read({**row("authorized"), **changes})
    assert (made.tells_of_subscription, made.is_renewal) == (tells, renews)


SOLD = order(order_hash="TOCEX0001", transaction="TPCEX0001", status_date="2026-03-02 11:39:58")
PANEL = {
    "Número do Pedido": "6100001",
    "Código do Pedido": "TOCEX0001",
    "Data do Pedido": CREATED,
    "Id do Produto": "7001",
    "Nome do Produto": "Oficina Exemplo",
    "Nome da Oferta": "Oferta Exemplo",
    "Código da Oferta": "OEX00001",
    "Código da Transação": "TPCEX0001",
    "Status": "Autorizado",
    "Método de Pagamento": "Cartão de Crédito",
    "Parcelas": "1",
    "Valor do Pedido": "255,12",
    "Valor Pago": "255,12",
    "Nome do Cliente": "Ana Exemplo Lima",
    "E-mail do Cliente": " ANA@example.com",
    "DDI": "55",
    "DDD": "11",
    "Telefone": "987654321",
    "Telefone Completo": "5511987654321",
    "Documento do Cliente": "52998224725",
    "src": "",
    "utm_source": "",
}


def test_a_row_of_the_panels_export_is_the_item_of_the_postback() -> None:
    exported, postback = read(PANEL), read(SOLD)
    assert exported.item_parts == postback.item_parts
    assert exported.transaction_parts == postback.transaction_parts
    assert (exported.event, exported.email) == ("authorized", "ana@example.com")
    assert (exported.first_name, exported.last_name) == ("Ana", "Exemplo Lima")
    assert exported.phone == Phone("55", "11", "987654321")
    assert exported.payment_method == "credit_card"


@pytest.mark.parametrize("backwards", [False, True])
def test_a_sale_counts_once_when_postback_row_and_export_tell_of_it(backwards: bool) -> None:
    api = row("authorized", method="credit_card", hash="TPCEX0001")
    api["order"] = {"hash": "TOCEX0001"}
    records = [read(SOLD), read(api), read(PANEL)]
    assert len({made.item_parts for made in records}) == 1
    known: list[Event] = []
    events = [
        Event(made.event, made.transaction_parts[0], int(made.status_date.timestamp()))
        for made in (reversed(records) if backwards else records)
        if made.status_date
    ]
    verdicts = [decide(event, known) for event in events]
    assert len(verdicts) == 3
    assert verdicts[0] is Outcome.APPLIED
    assert Outcome.APPLIED not in verdicts[1:]


@pytest.mark.parametrize(
    ("changes", "event", "date"),
    [
        ({"Status": "AUTORIZADO"}, "authorized", CREATED),
        ({"Status": "Aprovado"}, "authorized", CREATED),
        ({"Status": "Venda Realizada"}, "authorized", CREATED),
        ({"Data do Pagamento": APPROVED}, "authorized", APPROVED),
        ({"Status": "Reembolsado"}, "refunded", None),
        ({"Status": "Reembolsado", "Data de Atualização": CHANGED}, "refunded", CHANGED),
        ({"Status": "Chargeback"}, "chargeback", None),
        ({"Status": "Recusado"}, "refused", CREATED),
        ({"Status": "Aguardando Pagamento"}, "waiting_payment", CREATED),
        ({"Status": "Atrasado", "Método de Pagamento": "Pix"}, "pix_expired", None),
        ({"Status": "Expirado", "Método de Pagamento": "Boleto"}, "bank_slip_delayed", None),
        ({"Status": "Pix Expirado", "Método de Pagamento": "Pix"}, "pix_expired", None),
        ({"Status": "authorized"}, "authorized", CREATED),
    ],
)
def test_the_words_of_the_panels_export(
    changes: dict[str, str], event: str, date: str | None
) -> None:
    made = read({**PANEL, **changes})
    assert (made.event, moment(made)) == (event, date)


@pytest.mark.parametrize(
    "rename",
    [str.upper, str.lower, lambda name: "\ufeff" + name, lambda name: name.replace(" ", "_")],
    ids=["upper", "lower", "mark", "underscores"],
)
def test_columns_of_the_export_are_known_however_their_names_are_spelled(rename: Any) -> None:
    renamed = {rename(name): value for name, value in PANEL.items()}
    assert read(renamed).item_parts == read(SOLD).item_parts


@pytest.mark.parametrize(
    ("changes", "phone"),
    [
        ({"Telefone": ""}, Phone("55", "11", "987654321")),
        ({"DDD": ""}, Phone("55", "11", "987654321")),
        ({"Telefone Completo": ""}, Phone("55", "11", "987654321")),
        ({"Telefone Completo": "", "DDD": ""}, Phone("55", None, "987654321")),
        ({"Telefone Completo": "", "Telefone": ""}, None),
        (
            {"DDI": "81", "DDD": "", "Telefone": "07011112222", "Telefone Completo": ""},
            Phone("81", None, "07011112222"),
        ),
    ],
)
def test_a_phone_of_the_export_is_read_from_what_there_is(
    changes: dict[str, str], phone: Phone | None
) -> None:
    assert read({**PANEL, **changes}).phone == phone
