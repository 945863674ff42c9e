"""Words of the panel's form for the keys and values of a rule, and guesses at unknown ones.

A word counts without regard to case, accents and brackets. Its own name, as in `RULE_KEYS`, is one
of the words for everything here.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Final

from target_activecampaign.ticto.words import EVENT_WORDS, PAYMENT_WORDS, folded

if TYPE_CHECKING:
    from collections.abc import Mapping

ANY: Final = "any"
FIRST_SALE: Final = "first_sale"
RENEWAL: Final = "renewal"
PAYMENT_METHODS: Final = frozenset(PAYMENT_WORDS)
_MOST_GUESSES: Final = 3
_MOST_LOOKED_AT: Final = 10
_LIKENESS: Final = 0.6
_SHORTEST_SHARED: Final = 4

# Key -> the panel's word for it first, then others.
_KEY_WORDS: Final[dict[str, tuple[str, ...]]] = {
    "title": ("Título", "Nome"),
    "event": (
        "Quando o seu Lead… Executar a Ação",
        "Quando o seu Lead",
        "Quando o Lead Executar a Ação",
        "Evento",
        "Eventos",
    ),
    "type": ("Do Tipo", "Tipo"),
    "products": ("Produtos", "Produto"),
    "offers": ("Ofertas", "Oferta"),
    "action": (
        "Execute a Seguinte Ação",
        "Execute a Seguinte Ação: Executar a Ação",
        "Ação",
    ),
    "list": ("Lista", "Listas"),
    "tags": ("Tags", "Tag"),
    "phone_format": ("Enviar Telefone no Formato", "Formato do Telefone"),
    "fields": ("Campos",),
    "automation": ("Automação", "Automações"),
    "resubscribe": ("Reinscrever",),
    "if_already_bought": ("Se já comprou",),
    "keep_if_still_earned": ("Manter se outra compra justifica",),
    "source": ("Origem",),
    "active": ("Ativo", "Ativa"),
}
RULE_KEYS: Final = tuple(_KEY_WORDS)
# The panel's form has two fields of this name.
_AMBIGUOUS_KEYS: Final = {
    "Executar a Ação": (
        "Quando o seu Lead… Executar a Ação (event) or Execute a Seguinte Ação (action)"
    ),
}

_TYPE_WORDS: Final[dict[str, tuple[str, ...]]] = {
    ANY: ("Qualquer", "Qualquer tipo", "Todos", "Todas"),
    FIRST_SALE: ("Primeira venda", "Primeira compra", "Venda nova", "Compra nova"),
    RENEWAL: ("Renovação", "Renovação de assinatura", "Recorrência"),
    **{method: words[1:] for method, words in PAYMENT_WORDS.items()},
}
_SOURCE_WORDS: Final[dict[str, tuple[str, ...]]] = {
    ANY: ("Qualquer", "Qualquer origem", "Todos", "Todas"),
    "main": ("Principal", "Produto principal", "Item principal"),
    "bump": ("Order bump", "Orderbump", "Bumps"),
    "producer": ("Produtor", "Produtora", "Venda do produtor"),
    "affiliate": ("Afiliado", "Afiliada", "Venda de afiliado"),
}
_ACTION_WORDS: Final[dict[str, tuple[str, ...]]] = {
    "add": (
        "Adicionar",
        "Adicionar tag",
        "Adicionar tags",
        "Adicionar à lista",
        "Adicionar na lista",
        "Enviar para lista",
        "Enviar para a lista",
        "Inserir",
        "Inserir na lista",
        "Incluir",
        "Inscrever na lista",
    ),
    "remove": (
        "Remover",
        "Remover tag",
        "Remover tags",
        "Remover da lista",
        "Retirar",
        "Retirar tag",
        "Retirar da lista",
        "Tirar da lista",
        "Excluir da lista",
    ),
}
_PHONE_WORDS: Final[dict[str, tuple[str, ...]]] = {
    "e164": ("Internacional", "E.164", "Formato internacional"),
    "ddi_ddd_number": ("Com DDI", "DDI", "Sem máscara", "DDI + DDD + Número", "Com DDI e DDD"),
    "ddd_number": ("Com DDD", "DDD", "Sem DDI", "DDD + Número"),
    "number": ("Sem DDD", "Somente número", "Só número", "Número"),
    "masked_national": ("Com máscara", "Máscara", "Com DDD e máscara"),
    "masked_international": ("Com DDI e máscara", "Com máscara e DDI", "Máscara internacional"),
    "trunk_ddd_number": ("Com zero", "0 + DDD + Número"),
    "none": ("Não enviar", "Nenhum", "Sem telefone"),
}
_IF_BOUGHT_WORDS: Final[dict[str, tuple[str, ...]]] = {
    "skip": ("Pular", "Ignorar", "Não aplicar"),
    "apply": ("Aplicar", "Aplicar mesmo assim"),
}
_FLAG_WORDS: Final[dict[str, tuple[str, ...]]] = {"true": ("Sim",), "false": ("Não",)}
# Words that name an event and a type at once.
_TYPED_EVENTS: Final[dict[tuple[str, str], tuple[str, ...]]] = {
    ("authorized", RENEWAL): (
        "Renovação",
        "Renovou",
        "Assinatura renovada",
        "Renovação de assinatura",
        "Renovação da assinatura",
    ),
    ("authorized", FIRST_SALE): ("Primeira venda", "Primeira compra"),
    ("authorized", "pix"): ("Pix pago",),
    ("authorized", "bank_slip"): ("Boleto pago",),
}
# Words that sellers use for two events.
_EVENTS_MEANT: Final[dict[str, tuple[str, ...]]] = {
    "estorno": ("Reembolso", "Chargeback"),
    "estornado": ("Reembolso", "Chargeback"),
    "assinatura encerrada": ("all_charges_paid", "subscription_canceled", "close"),
    "cancelado": ("subscription_canceled", "canceled"),
    "cancelada": ("subscription_canceled", "canceled"),
}


class Words:
    """All words for the names of one kind.

    Args:
        by_name: Name -> its words, the name itself first.
    """

    def __init__(self, by_name: Mapping[str, tuple[str, ...]]) -> None:
        self.by_name = by_name
        self._meanings = {
            folded(word): (name, word) for name, words in by_name.items() for word in words[::-1]
        }

    @classmethod
    def of(cls, words: Mapping[str, tuple[str, ...]]) -> Words:
        """Add to each name that it is a word for itself."""
        return cls({name: (name, *others) for name, others in words.items()})

    @property
    def names(self) -> tuple[str, ...]:
        """The names."""
        return tuple(self.by_name)

    def name_of(self, word: str) -> str | None:
        """Return what a word means, or None."""
        meaning = self._meanings.get(folded(word))
        return None if meaning is None else meaning[0]

    def guess(self, word: str) -> str:
        """Return the end of a sentence about an unknown word: the nearest known ones, or all."""
        wanted = folded(word)
        near = difflib.get_close_matches(
            wanted, self._meanings, n=_MOST_LOOKED_AT, cutoff=_LIKENESS
        )
        if not near:
            parts = {part for part in wanted.split() if len(part) >= _SHORTEST_SHARED}
            near = [known for known in self._meanings if parts & set(known.split())]
        near = [*map(folded, _EVENTS_MEANT.get(wanted, ())), *near]
        shown: dict[str, str] = {}
        for name, known in (self._meanings[one] for one in near if one in self._meanings):
            shown.setdefault(name, known if known == name else f"{known} ({name})")
        if not shown:
            return f"; known are {', '.join(self.names)}"
        *others, last = list(shown.values())[:_MOST_GUESSES]
        return f"; did you mean {' or '.join([', '.join(others), last] if others else [last])}?"


KEYS: Final = Words.of(_KEY_WORDS)
TYPES: Final = Words.of(_TYPE_WORDS)
SOURCES: Final = Words.of(_SOURCE_WORDS)
ACTIONS: Final = Words.of(_ACTION_WORDS)
PHONES: Final = Words.of(_PHONE_WORDS)
IF_BOUGHT: Final = Words.of(_IF_BOUGHT_WORDS)
FLAGS: Final = Words.of(_FLAG_WORDS)
EVENTS: Final = Words(EVENT_WORDS)
# Types that are sources in truth, as the panel has one field for both.
TYPES_AND_SOURCES: Final = Words(
    {**TYPES.by_name, **{name: SOURCES.by_name[name] for name in SOURCES.names if name != ANY}}
)
TYPED_EVENT_WORDS: Final = tuple(word for words in _TYPED_EVENTS.values() for word in words)


def typed_event_named(word: str) -> tuple[str, str] | None:
    """Return the event and the type that a word such as ``Renovação`` names at once, or None."""
    wanted = folded(word)
    for meaning, words in _TYPED_EVENTS.items():
        if any(folded(known) == wanted for known in words):
            return meaning
    return None


def ambiguity_of_key(word: str) -> str | None:
    """Return what a key may mean that names two fields of the panel's form, or None."""
    wanted = folded(word)
    return next((both for key, both in _AMBIGUOUS_KEYS.items() if folded(key) == wanted), None)
