"""The events of an order: Ticto's statuses, what they say, and how they rank."""

from __future__ import annotations

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
# Events that say "not paid": whoever has bought the product should not hear about them.
SAYS_NOT_PAID: Final = UNPAID | {ABANDONED_CART}
# Each of them shows that the charge was paid at some time.
PAID: Final = frozenset(("authorized", "claimed", "refunded", "chargeback", "all_charges_paid"))
# Events that say "paid" of the charge that they are about.
SAYS_PAID: Final = frozenset(("authorized", "all_charges_paid"))
_MONEY_RETURNED: Final = frozenset(("refunded", "chargeback"))
# After one of these the buyer no longer holds what the item gave; after a complaint they do.
ENDS_HOLDING: Final = _MONEY_RETURNED | {"subscription_canceled", "close", "canceled"}
# A subscription that was cancelled goes on: the buyer holds it again.
RESUMES_HOLDING: Final = frozenset(("uncanceled",))
# Events in the life of a subscription. They are about one item, never about the order's bumps.
SUBSCRIPTION_EVENTS: Final = frozenset(
    (
        "trial",
        "trial_started",
        "trial_ended",
        "subscription_delayed",
        "subscription_canceled",
        "uncanceled",
        "extended",
        "all_charges_paid",
        "card_exchanged",
    )
)


def rank(status: str) -> int:
    """Return how final a status is; decides between events of the same moment.

    Returns:
        0 for a charge not yet paid, 2 for money returned, 1 for everything else.
    """
    if status in UNPAID:
        return 0
    return 2 if status in _MONEY_RETURNED else 1
