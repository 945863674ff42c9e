"""Rows of the CSV file of sales that Ticto's panel exports; its columns have Portuguese names."""

from __future__ import annotations

from typing import Any, Final

from target_activecampaign.ticto.values import cents_of_reais, count, text
from target_activecampaign.ticto.words import folded, payment_method_named, status_named

_EMAIL: Final = ("e mail do cliente", "email do cliente", "e mail", "email")
_ORDER: Final = ("codigo do pedido",)
_TRANSACTION: Final = ("codigo da transacao",)
_CREATED: Final = ("data do pedido",)
_PAID: Final = ("data do pagamento", "data de pagamento", "data da aprovacao", "data de aprovacao")
_CHANGED: Final = ("data do status", "data de atualizacao", "data da atualizacao")
_LATE: Final = frozenset(("atrasado", "atrasada", "expirado", "expirada", "vencido", "vencida"))
_LATE_BY_PAYMENT_METHOD: Final = {"pix": "pix_expired", "bank_slip": "bank_slip_delayed"}
# Statuses that an order has from its first moment; later ones came at a time that no column tells.
_FIRST: Final = frozenset(
    ("authorized", "waiting_payment", "refused", "processing", "pix_created", "bank_slip_created")
)
_CPF_DIGITS: Final = 11


def is_row(body: dict[str, Any]) -> bool:
    """Return whether a record is a row of the panel's export, told by its columns."""
    names = _Columns(body)
    return (
        names.value("status") is not None
        and names.value(*_ORDER, *_TRANSACTION) is not None
        and names.has(*_EMAIL)
    )


def late(payment_method: str | None) -> str:
    """Return the postbacks' status for a charge that was not paid in time."""
    return _LATE_BY_PAYMENT_METHOD.get(payment_method or "", "delayed")


def document_of(body: dict[str, Any]) -> dict[str, Any]:
    """Turn a row into the document of the v2 postback."""
    columns = _Columns(body)
    method = payment_method_named(columns.value("metodo de pagamento") or "")
    written = columns.value("status") or ""
    is_late = folded(written) in _LATE
    status = late(method) if is_late else status_named(written) or written
    created = columns.value(*_CREATED)
    if status == "authorized":
        date = columns.value(*_PAID) or created
    else:
        date = columns.value(*_CHANGED) or (created if status in _FIRST else None)
    transaction = columns.value(*_TRANSACTION)
    return {
        **body,
        "status": status,
        "status_date": date,
        "payment_method": method,
        "order": {
            "id": count(columns.value("numero do pedido")),
            "hash": columns.value(*_ORDER),
            "transaction_hash": transaction,
            "paid_amount": cents_of_reais(columns.value("valor pago", "valor do pedido")),
            "installments": count(columns.value("parcelas")),
            "order_date": created,
        },
        "transaction": {"hash": transaction},
        "customer": {
            "name": columns.value("nome do cliente", "cliente"),
            "email": columns.value(*_EMAIL),
            **tax_number(columns.value("documento do cliente", "cpf", "cnpj")),
            "phone": _phone(columns),
        },
        "item": {
            "product_id": columns.value("id do produto"),
            "product_name": columns.value("nome do produto"),
            "offer_id": columns.value("id da oferta"),
            "offer_name": columns.value("nome da oferta"),
            "offer_code": columns.value("codigo da oferta"),
            "amount": cents_of_reais(columns.value("valor do produto", "preco do produto")),
        },
    }


def tax_number(written: Any) -> dict[str, str | None]:
    """Return a tax number under its key: persons have a CPF, companies a longer CNPJ."""
    number = text(written)
    # A CNPJ may hold letters.
    digits = [character for character in number or "" if character.isalnum()]
    return {"cnpj" if len(digits) > _CPF_DIGITS else "cpf": number}


def _phone(columns: _Columns) -> list[Any]:
    parts = {"ddi": columns.value("ddi"), "ddd": columns.value("ddd")}
    whole = columns.value("telefone completo")
    return [whole, {**parts, "number": columns.value("telefone")}]


class _Columns:
    """The columns of a row, by their names without case, accents and punctuation."""

    def __init__(self, row: dict[str, Any]) -> None:
        self._values = {folded(str(name)): value for name, value in row.items()}

    def has(self, *names: str) -> bool:
        return any(name in self._values for name in names)

    def value(self, *names: str) -> str | None:
        """Return the text of the first column of these that has one."""
        found = (text(self._values.get(name)) for name in names)
        return next((value for value in found if value is not None), None)
