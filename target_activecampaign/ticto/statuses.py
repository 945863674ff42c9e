"""The events of an order: Ticto's statuses, the panel's words for them, and how they rank."""

from __future__ import annotations

import unicodedata
from typing import Final

AUTHORIZED: Final = "authorized"
ABANDONED_CART: Final = "abandoned_cart"

# Status -> the label of Ticto's webhook event list.
PANEL_LABELS: Final[dict[str, str]] = {
    "abandoned_cart": "Abandono de Carrinho",
    "waiting_payment": "Aguardando Pagamento",
    "pix_created": "Pix Gerado",
    "pix_expired": "Pix Expirado",
    "bank_slip_created": "Boleto Impresso",
    "bank_slip_delayed": "Boleto Atrasado",
    "refused": "Venda Recusada",
    "authorized": "Venda Realizada",
    "refunded": "Reembolso",
    "chargeback": "Chargeback",
    "claimed": "Reclamado",
    "close": "Encerrado",
    "trial": "Tempo de Teste",
    "trial_started": "[Assinatura] - Período de Testes Iniciado",
    "trial_ended": "[Assinatura] - Período de Testes Encerrado",
    "subscription_delayed": "[Assinatura] - Atrasada",
    "subscription_canceled": "[Assinatura] - Cancelada",
    "uncanceled": "[Assinatura] - Retomada",
    "extended": "[Assinatura] - Extendida",
    "all_charges_paid": "[Assinatura] - Encerrada (Todas as Cobranças Finalizadas)",
    "card_exchanged": "[Assinatura] - Cartão atualizado",
}
# Statuses that only the orders API or the oldest postbacks have.
_OTHER_STATUSES: Final = ("aborted", "canceled", "delayed", "processing")
STATUSES: Final = frozenset((*PANEL_LABELS, *_OTHER_STATUSES))

# Further words by which sellers know an event.
_OTHER_LABELS: Final[dict[str, str]] = {
    "compra aprovada": "authorized",
    "venda aprovada": "authorized",
    "boleto gerado": "bank_slip_created",
    "carrinho abandonado": "abandoned_cart",
    "compra recusada": "refused",
    "assinatura atrasada": "subscription_delayed",
    "assinatura cancelada": "subscription_canceled",
    "assinatura retomada": "uncanceled",
    "assinatura estendida": "extended",
    "cartão atualizado": "card_exchanged",
}

# The oldest postbacks' own words.
LEGACY_STATUSES: Final[dict[str, str]] = {
    "paid": "authorized",
    "billet_printed": "bank_slip_created",
}

UNPAID: Final = frozenset(
    (
        "waiting_payment",
        "pix_created",
        "pix_expired",
        "bank_slip_created",
        "bank_slip_delayed",
        "refused",
        "processing",
        "aborted",
        "delayed",
    )
)
# Each of them shows that the charge was paid at some time.
PAID: Final = frozenset(("authorized", "claimed", "refunded", "chargeback", "all_charges_paid"))
_MONEY_RETURNED: Final = frozenset(("refunded", "chargeback"))


def rank(status: str) -> int:
    """Return how final a status is; decides between events of the same moment.

    Returns:
        0 for a charge not yet paid, 2 for money returned, 1 for everything else.
    """
    if status in UNPAID:
        return 0
    return 2 if status in _MONEY_RETURNED else 1


def folded(label: str) -> str:
    """Return a label without case, accents, brackets and double blanks, for comparison."""
    plain = unicodedata.normalize("NFKD", label.casefold())
    letters = "".join(c if c.isalnum() or c == "_" else " " for c in plain if c.isascii())
    return " ".join(letters.split())


_BY_LABEL: Final = {
    **{folded(label): status for label, status in _OTHER_LABELS.items()},
    **{folded(label): status for status, label in PANEL_LABELS.items()},
    **{folded(status): status for status in STATUSES},
}


def status_named(name: str) -> str | None:
    """Return the status that a rule means.

    Args:
        name: A status such as ``authorized``, or the panel's label such as ``Venda Realizada``.
    """
    return _BY_LABEL.get(folded(name))
