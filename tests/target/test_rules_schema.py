"""The JSON Schema of rule files: made from the code, and of one mind with it."""

from __future__ import annotations

import json
from typing import Any
from unicodedata import normalize

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from target_activecampaign.errors import RuleError
from target_activecampaign.segmentation import load_rule_sets, words
from target_activecampaign.segmentation.schema import rules_schema
from tests.target.support import ROOT, rule

SCHEMA = rules_schema()
VALIDATOR = jsonschema.Draft7Validator(SCHEMA)
SCHEMA_FILE = ROOT / "docs" / "rules.schema.json"
EXAMPLE = ROOT / "examples" / "rules.yml"


def is_valid(**keys: Any) -> bool:
    return VALIDATOR.is_valid({"segmentations": [keys]})


def is_accepted(**keys: Any) -> bool:
    try:
        load_rule_sets({"segmentations": [keys]})
    except RuleError:
        return False
    return True


def test_the_schema_in_the_documentation_is_up_to_date() -> None:
    written = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    assert written == SCHEMA, (
        "Run: python -m target_activecampaign.segmentation.schema > docs/rules.schema.json"
    )


def test_the_schema_is_one() -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)


def test_the_example_names_the_schema_and_fits_it() -> None:
    written = EXAMPLE.read_text(encoding="utf-8")
    head, _, path = written.splitlines()[0].partition("$schema=")
    assert head == "# yaml-language-server: "
    assert (EXAMPLE.parent / path).resolve() == SCHEMA_FILE
    VALIDATOR.validate(yaml.safe_load(written))


def test_the_schema_has_every_key_of_a_rule() -> None:
    assert set(words.RULE_KEYS) <= set(SCHEMA["definitions"]["segmentation"]["properties"])


def spellings(word: str) -> list[str]:
    plain = normalize("NFD", word).encode("ascii", "ignore").decode()
    return [word, word.upper(), word.lower(), plain, f"[{word}]", f" {word}… ", plain.title()]


@pytest.mark.parametrize("key", words.RULE_KEYS)
def test_a_key_is_valid_in_each_spelling_that_the_target_accepts(key: str) -> None:
    whole = rule(
        type="pix", phone_format="none", if_already_bought="skip", source="main", products=1,
        offers="x", action="add", automation=5, active=True, fields={"A": "b"}, resubscribe=True,
        keep_if_still_earned=True,
    )  # fmt: skip
    rest = {other: whole[other] for other in whole if other != key}
    for word in words.KEYS.by_name[key]:
        for spelled in spellings(word):
            assert is_accepted(**rest, **{spelled: whole[key]}), spelled
            assert is_valid(**rest, **{spelled: whole[key]}), spelled


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("event", words.EVENTS),
        ("type", words.TYPES_AND_SOURCES),
        ("source", words.SOURCES),
        ("action", words.ACTIONS),
        ("phone_format", words.PHONES),
        ("if_already_bought", words.IF_BOUGHT),
        ("resubscribe", words.FLAGS),
    ],
)
def test_a_word_is_valid_in_each_spelling_that_the_target_accepts(
    key: str, kind: words.Words
) -> None:
    for word in (word for known in kind.by_name.values() for word in known):
        for spelled in spellings(word):
            assert is_accepted(**rule(**{key: spelled})), spelled
            assert is_valid(**rule(**{key: spelled})), spelled


@pytest.mark.parametrize("word", words.TYPED_EVENT_WORDS)
def test_a_word_for_event_and_type_is_valid(word: str) -> None:
    for spelled in spellings(word):
        assert is_accepted(**rule(event=spelled))
        assert is_valid(**rule(event=spelled))


@pytest.mark.parametrize(
    "keys",
    [
        {"evnt": "authorized"},
        {"Executar a Ação": "authorized"},
        {"event": None, "title": "x"},
        {"event": "autorized"},
        {"event": ["authorized", "nothing"]},
        {"type": "boleta"},
        {"source": "coproducer"},
        {"action": "delete"},
        {"phone_format": "DDX"},
        {"if_already_bought": True},
        {"resubscribe": "yes"},
        {"active": 1},
        {"fields": ["CPF"]},
        {"fields": {"CPF": ""}},
        {"list": True},
        {"list": {}},
        {"tags": [["x"]]},
        {"title": None},
        {"title": ""},
        {"list": None, "tags": None},
    ],
)
def test_what_the_schema_refuses_the_target_refuses(keys: dict[str, Any]) -> None:
    assert not is_accepted(**rule(**keys))
    assert not is_valid(**rule(**keys))


@pytest.mark.parametrize(
    ("content", "valid"),
    [
        ({}, True),
        ({"segmentations": None, "integrations": []}, True),
        ({"rules": []}, False),
        ({"segmentations": {}}, False),
        ({"integrations": [{"name": "a", "products": [1], "segmentations": [rule()]}]}, True),
        ({"integrations": [{"name": "a", "api_url": "u", "api_token": "t"}]}, True),
        ({"integrations": [{"name": "a", "api_url": "u"}]}, False),
        ({"integrations": [{"products": [1]}]}, False),
        ({"integrations": [{"name": "a", "rules": []}]}, False),
    ],
)
def test_files_and_integrations_are_checked(content: dict[str, Any], valid: bool) -> None:
    assert VALIDATOR.is_valid(content) is valid


JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from(
        ["authorized", "Pix", "Bump", "Com DDI", "Sim", "skip", "a;b", "customer.cpf"]
    ),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["A", "B"]), inner, max_size=2)
    ),
    max_leaves=3,
)


@given(st.dictionaries(st.sampled_from(words.RULE_KEYS), JUNK, max_size=3))
def test_what_the_target_accepts_is_valid(keys: dict[str, Any]) -> None:
    written = {**rule(), **keys}
    if is_accepted(**written):
        assert is_valid(**written)
