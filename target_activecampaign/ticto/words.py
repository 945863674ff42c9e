"""Words of Ticto's panel, as sellers write them: events and payment methods."""

from __future__ import annotations

import unicodedata
from typing import Final

from target_activecampaign.ticto.statuses import PANEL_LABELS, STATUSES

# Status -> words for it other than the panel's label and the status itself.
_EVENT_WORDS: Final[dict[str, tuple[str, ...]]] = {
    "abandoned_cart": ("Carrinho abandonado", "Abandonou o carrinho", "Checkout abandonado"),
    "waiting_payment": ("Pagamento pendente", "Compra pendente", "Venda pendente"),
    "pix_created": ("Pix criado", "Pix emitido", "Gerou pix"),
    "pix_expired": ("Pix vencido", "Pix não pago"),
    "bank_slip_created": ("Boleto gerado", "Boleto emitido", "Boleto criado", "Gerou boleto"),
    "bank_slip_delayed": ("Boleto expirado", "Boleto vencido", "Boleto não pago"),
    "refused": (
        "Compra recusada",
        "Pagamento recusado",
        "Cartão recusado",
        "Transação recusada",
        "Recusado",
        "Recusada",
    ),
    "authorized": (
        "Acesso liberado",
        "Compra aprovada",
        "Compra realizada",
        "Compra confirmada",
        "Venda aprovada",
        "Venda confirmada",
        "Pagamento aprovado",
        "Pagamento confirmado",
        "Pagamento realizado",
        "Aprovado",
        "Aprovada",
        "Autorizado",
        "Autorizada",
        "Pago",
        "Paga",
    ),
    "refunded": (
        "Reembolsado",
        "Reembolsada",
        "Compra reembolsada",
        "Venda reembolsada",
        "Reembolso realizado",
        "Reembolso aprovado",
    ),
    "chargeback": ("Contestação", "Compra contestada", "Venda contestada"),
    "claimed": ("Reclamada", "Reclamação", "Reembolso solicitado", "Solicitação de reembolso"),
    "close": ("Encerrada", "Venda encerrada", "Pedido encerrado"),
    "trial": ("Período de teste", "Período de testes"),
    "trial_started": ("Teste iniciado", "Período de testes iniciado"),
    "trial_ended": ("Teste encerrado", "Período de testes encerrado"),
    "subscription_delayed": ("Assinatura em atraso", "Renovação atrasada", "Renovação não paga"),
    "subscription_canceled": (
        "Cancelamento da assinatura",
        "Cancelamento de assinatura",
        "Cancelou a assinatura",
    ),
    "uncanceled": ("Assinatura reativada",),
    "extended": ("Assinatura estendida", "Assinatura prorrogada"),
    "all_charges_paid": (
        "Todas as cobranças finalizadas",
        "Todas as cobranças pagas",
        "Assinatura quitada",
    ),
    "card_exchanged": ("Cartão atualizado", "Cartão trocado", "Troca de cartão"),
    "aborted": ("Compra abortada",),
    "canceled": ("Compra cancelada", "Venda cancelada", "Pedido cancelado"),
    "processing": ("Em processamento",),
}
_PAYMENT_WORDS: Final[dict[str, tuple[str, ...]]] = {
    "credit_card": ("Cartão de crédito", "Cartão"),
    "pix": ("Pix",),
    "bank_slip": ("Boleto", "Boleto bancário"),
}


def folded(words: str) -> str:
    """Return words without case, accents and brackets, one blank between them, for comparison."""
    plain = unicodedata.normalize("NFKD", words.casefold())
    kept = "".join(
        letter if letter.isascii() and letter.isalnum() else " "
        for letter in plain
        if not unicodedata.combining(letter)
    )
    return " ".join(kept.split())


def _words(status: str) -> tuple[str, ...]:
    label = PANEL_LABELS.get(status)
    return (status, *([label] if label else []), *_EVENT_WORDS.get(status, ()))


# Each status with all words for it: the status itself, the panel's label, then the others.
EVENT_WORDS: Final = {status: _words(status) for status in (*PANEL_LABELS, *sorted(STATUSES))}
PAYMENT_WORDS: Final = {method: (method, *words) for method, words in _PAYMENT_WORDS.items()}
_STATUS_OF: Final = {folded(word): status for status, ws in EVENT_WORDS.items() for word in ws}
_METHOD_OF: Final = {folded(word): method for method, ws in PAYMENT_WORDS.items() for word in ws}


def status_named(word: str) -> str | None:
    """Return the status that a word means.

    Args:
        word: A status such as ``authorized``, the panel's label such as ``Venda Realizada``, or
            another usual word such as ``Compra aprovada``.
    """
    return _STATUS_OF.get(folded(word))


def payment_method_named(word: str) -> str | None:
    """Return the payment method that a word such as ``Cartão de Crédito`` means."""
    return _METHOD_OF.get(folded(word))
