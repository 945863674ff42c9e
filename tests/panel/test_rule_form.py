from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from target_activecampaign.panel import labels
from target_activecampaign.panel.rule_form import RuleForm, changed, changes_to, form_of, rule_of
from target_activecampaign.segmentation import words
from target_activecampaign.segmentation.parse import parse_segmentations

NAMES = st.text("abcdeÃç 012", min_size=1, max_size=8).map(str.strip).filter(bool)


def some(names: dict[str, str]) -> st.SearchStrategy[list[str]]:
    order = list(names)
    return st.lists(st.sampled_from(order), unique=True, max_size=2).map(
        lambda chosen: sorted(chosen, key=order.index)
    )


EVENT_ORDER = [name for name in words.EVENTS.names if name in labels.EVENTS]
FORMS = st.builds(
    RuleForm,
    title=NAMES,
    event=st.lists(st.sampled_from(EVENT_ORDER), min_size=1, max_size=3, unique=True).map(
        lambda chosen: sorted(chosen, key=words.EVENTS.names.index)
    ),
    type=some({"first_sale": "", "pix": ""}),
    source=some({"main": "", "affiliate": ""}),
    products=st.lists(NAMES | st.just("70010") | st.just("007"), unique=True, max_size=2),
    offers=st.lists(st.just("O1") | st.just("O2"), unique=True, max_size=2),
    action=st.sampled_from(["add", "remove"]),
    list=st.lists(NAMES, unique=True, max_size=2),
    tags=st.lists(NAMES, min_size=1, max_size=3, unique_by=str.casefold),
    phone_format=st.sampled_from(["", *labels.PHONE_FORMATS]),
    fields=st.dictionaries(NAMES, st.sampled_from(list(labels.FIELD_PATHS)), max_size=2).map(
        lambda pairs: list(pairs.items())
    ),
    automation=st.lists(NAMES, unique=True, max_size=1),
    resubscribe=st.booleans(),
    if_already_bought=st.sampled_from(["skip", "apply"]),
    keep_if_still_earned=st.booleans(),
    active=st.booleans(),
)


@given(FORMS)
def test_a_rule_says_what_its_form_says(form: RuleForm) -> None:
    raw = rule_of(form)
    parse_segmentations([raw], default_phone_format="e164")
    assert form_of(raw) == form


@given(FORMS, FORMS)
def test_a_changed_rule_says_what_the_new_form_says(before: RuleForm, after: RuleForm) -> None:
    raw = rule_of(before)
    assert form_of(changed(raw, changes_to(raw, after))) == after


@given(FORMS)
def test_a_form_that_says_the_same_changes_nothing(form: RuleForm) -> None:
    raw = rule_of(form)
    assert changes_to(raw, form) == {}


WRITTEN_BY_HAND: dict[str, Any] = {
    "Título": "Aluno renovou",
    "Quando o seu Lead… Executar a Ação": "Renovação",
    "Lista": "Alunos",
    "Tags": ["renovou", "aluno"],
    "Ativo": "sim",
}


def test_a_rule_in_other_words_is_understood() -> None:
    form = form_of(WRITTEN_BY_HAND)
    assert (form.title, form.event, form.type) == ("Aluno renovou", ["authorized"], ["renewal"])
    assert (form.list, form.tags, form.active) == (["Alunos"], ["renovou", "aluno"], True)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"tags": ["renovou"]}, {"Tags": ["renovou"]}),
        ({"title": "Outro"}, {"Título": "Outro"}),
        ({"active": False}, {"Ativo": False}),
        ({"products": ["70010"]}, {"products": [70010]}),
        ({"list": []}, {"Lista": None}),
    ],
)
def test_only_what_changes_is_written_and_in_its_own_key(
    wanted: dict[str, Any], expected: dict[str, Any]
) -> None:
    form = replace(form_of(WRITTEN_BY_HAND), **wanted)
    assert changes_to(WRITTEN_BY_HAND, form) == expected


def test_a_word_for_event_and_type_is_taken_apart_when_one_of_them_changes() -> None:
    form = replace(form_of(WRITTEN_BY_HAND), type=[])
    after = changed(WRITTEN_BY_HAND, changes_to(WRITTEN_BY_HAND, form))
    assert after["Quando o seu Lead… Executar a Ação"] == "authorized"
    assert form_of(after) == form


@pytest.mark.parametrize(
    "raw", [{}, {"title": 3, "event": "nonsense", "tags": 5}, {"unknown": 1, "title": "A"}, "text"]
)
def test_a_rule_that_does_not_hold_can_still_be_shown(raw: Any) -> None:
    form_of(raw)
