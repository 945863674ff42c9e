from __future__ import annotations

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from target_activecampaign.events.outcome import Outcome
from target_activecampaign.panel import labels
from target_activecampaign.panel.language import Language, catalog, preferred
from target_activecampaign.panel.order_search import WAITING
from target_activecampaign.panel.sentences import translated
from target_activecampaign.segmentation import words
from target_activecampaign.ticto.statuses import STATUSES
from tests.panel.catalogs import extracted
from tests.panel.target_sentences import sentences

ZONE = ZoneInfo("America/Sao_Paulo")
PORTUGUESE, ENGLISH = Language("pt", ZONE), Language("en", ZONE)
# Sentences that hold nothing but parts of others, and names that stay as they are.
UNTRANSLATED = {"X: X X; known are X"}


def test_every_message_is_translated_and_keeps_what_is_filled_in() -> None:
    translations = catalog("pt")
    missing, broken = [], []
    for message in extracted():
        if not message.id:
            continue
        known = translations.get(message.id)
        texts = [] if known is None else known.string
        texts = [texts] if isinstance(texts, str) else list(texts or ())
        if not texts or not all(texts):
            missing.append(message.id)
        elif known is not None and list(known.check()):
            broken.append(message.id)
    assert missing == []
    assert broken == []


def test_the_catalog_holds_nothing_that_is_not_said_any_more() -> None:
    said = {message.id for message in extracted()}
    assert [message.id for message in catalog("pt") if message.id not in said] == []


def test_every_sentence_of_the_target_is_translated() -> None:
    found = [
        f"{file}: {sentence}"
        for file, sentence in sentences()
        if sentence not in UNTRANSLATED and translated(PORTUGUESE, sentence) == sentence
    ]
    assert found == []


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("the event is authorized", "o evento é Compra aprovada"),
        ("it is not of the type pix, renewal", "não é do tipo Pix, Renovação"),
        (
            "Rule 'A': list: the account has no list '100 %'.",
            "Regra 'A': lista: a conta não tem a lista '100 %'.",
        ),
        (
            "gives CPF the path 'x y', which is not a path such as customer.cpf",
            "dá a CPF o caminho 'x y', que não é um caminho como customer.cpf",
        ),
        ("Something else altogether.", "Something else altogether."),
    ],
)
def test_a_sentence_of_the_target_is_read_in_portuguese(sentence: str, expected: str) -> None:
    assert translated(PORTUGUESE, sentence) == expected
    assert translated(ENGLISH, sentence) == sentence


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("pt-BR,pt;q=0.9,en;q=0.8", "pt"),
        ("en-US,en;q=0.9", "en"),
        ("en;q=0.5, pt;q=0.7", "pt"),
        ("fr,en;q=0.1", "en"),
        ("fr", "pt"),
        ("", "pt"),
        ("*;q=0.5", "pt"),
        ("pt;q=1.2.3, en;q=x", "pt"),
    ],
)
def test_the_language_is_that_of_the_browser(header: str, code: str) -> None:
    assert preferred(header) == code


def test_numbers_and_times_are_written_as_in_the_country() -> None:
    time = datetime(2026, 3, 2, 14, 5, tzinfo=timezone.utc)
    assert PORTUGUESE.time(time) == "02/03/2026 11:05"
    assert PORTUGUESE.number(12345) == "12.345"
    assert ENGLISH.number(12345) == "12,345"
    assert PORTUGUESE.ago(timedelta(minutes=5)) == "há 5 minutos"
    assert PORTUGUESE.plural("%(count)s tag", "%(count)s tags", 1) == "1 tag"


def test_every_event_type_and_phone_format_has_a_label() -> None:
    assert set(labels.EVENTS) == set(STATUSES)
    assert {*labels.TYPES, words.ANY} == set(words.TYPES.names)
    assert {*labels.SOURCES, words.ANY} == set(words.SOURCES.names)
    assert set(labels.PHONE_FORMATS) == set(words.PHONES.names)
    assert set(labels.IF_BOUGHT) == set(words.IF_BOUGHT.names)
    assert set(labels.ACTIONS) == set(words.ACTIONS.names)


def test_every_outcome_has_words_of_its_own() -> None:
    assert set(labels.OUTCOMES) == {*(one.value for one in Outcome), WAITING}
