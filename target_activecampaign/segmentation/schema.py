"""The JSON Schema of rule files, by which editors complete and check `rules.yml`.

Made from the words of `segmentation.words`; written with::

    python -m target_activecampaign.segmentation.schema > docs/rules.schema.json
"""

from __future__ import annotations

import json
import unicodedata
from typing import TYPE_CHECKING, Any, Final

from target_activecampaign.segmentation import words
from target_activecampaign.segmentation.mapping import INTEGRATION_KEYS
from target_activecampaign.segmentation.parse import LONGEST_TAG
from target_activecampaign.ticto.words import folded

if TYPE_CHECKING:
    from collections.abc import Iterable

    from target_activecampaign.segmentation.words import Words

# Letters that Portuguese writes with accents, and all their forms.
_ACCENTED: Final = {"a": "àáâãä", "c": "ç", "e": "èéêë", "i": "ìíîï", "o": "òóôõö", "u": "ùúûü"}
_BETWEEN: Final = r"[\W_]"
_NAME: Final = {"type": ["string", "integer"], "minLength": 1}
_ANY_NAMES: Final = {
    "anyOf": [_NAME, {"type": "array", "items": _NAME}, {"type": "null"}],
}

_WORDS: Final[dict[str, tuple[Any, ...]]] = {
    "event": (words.EVENTS, *words.TYPED_EVENT_WORDS),
    "type": (words.TYPES_AND_SOURCES,),
    "action": (words.ACTIONS,),
    "phone_format": (words.PHONES,),
    "if_already_bought": (words.IF_BOUGHT,),
    "source": (words.SOURCES,),
    "true_or_false": (words.FLAGS,),
}


def rules_schema() -> dict[str, Any]:
    """Return the schema.

    It accepts what the target accepts in spelling; what only the target can know (that titles are
    unique, that types can hold together, that a list exists in the account) it leaves to
    ``--check``.
    """
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Rules of target-activecampaign",
        "description": "Which event of a Ticto order does what to its buyer in ActiveCampaign.",
        "type": "object",
        "properties": {
            "segmentations": _list_of("#/definitions/segmentation", "Rules."),
            "integrations": _list_of(
                "#/definitions/integration", "Rules with products and an account of their own."
            ),
        },
        "additionalProperties": False,
        "definitions": {
            "segmentation": _segmentation(),
            "integration": _integration(),
            **{f"word_for_{name}": _word(*known) for name, known in _WORDS.items()},
            **_values(),
        },
    }


def _list_of(reference: str, description: str) -> dict[str, Any]:
    return {
        "description": description,
        "anyOf": [{"type": "array", "items": {"$ref": reference}}, {"type": "null"}],
    }


def _segmentation() -> dict[str, Any]:
    properties: dict[str, Any] = {}
    patterns: dict[str, Any] = {}
    for key, (own, panel, *others) in words.KEYS.by_name.items():
        schema = {"$ref": f"#/definitions/{key}"}
        # Editors offer these two.
        properties |= {own: schema, panel: schema}
        patterns[pattern_of((own, panel, *others))] = schema
    return {
        "type": "object",
        "description": "A rule: what fires it, and what it then does.",
        "properties": properties,
        "patternProperties": patterns,
        "additionalProperties": False,
        "allOf": [
            _has("title"),
            _has("event"),
            {"anyOf": [*_has("list")["anyOf"], *_has("tags")["anyOf"]]},
        ],
    }


def _has(key: str) -> dict[str, Any]:
    """Require a key, whichever word for it is written."""
    pattern = pattern_of(words.KEYS.by_name[key])
    return {
        "anyOf": [
            {"required": [key]},
            {"not": {"propertyNames": {"not": {"pattern": pattern}}}},
        ]
    }


def _values() -> dict[str, dict[str, Any]]:
    """Return the schema of each key's value."""
    return {
        "title": {**_NAME, "description": "Name of the rule, unique."},
        "event": _one_or_several("event", "What fires the rule: a status, or the panel's word."),
        "type": _one_or_several("type", "What must hold besides; of several, all must."),
        "products": {**_ANY_NAMES, "description": "Ids or names; none means all."},
        "offers": {
            **_ANY_NAMES,
            "description": "Codes, checkout links, ids or names; none means all.",
        },
        "action": _one_of("action", "Add (default) or remove.", default="add"),
        "list": {**_ANY_NAMES, "description": "Names or ids of lists."},
        "tags": {
            **_ANY_NAMES,
            "description": (
                f"Tags with semicolons between them, each of at most {LONGEST_TAG} characters."
            ),
        },
        "phone_format": _one_of("phone_format", "How the phone is written."),
        "fields": {
            "description": (
                "Contact field (personalization tag, title or id): path into the order, such as "
                "customer.cpf, order.paid_amount|brl, or customer.cpf || customer.cnpj."
            ),
            "anyOf": [
                {"type": "object", "additionalProperties": {"type": "string", "minLength": 1}},
                {"type": "null"},
            ],
        },
        "automation": {**_ANY_NAMES, "description": "Names or ids of automations to enter."},
        "resubscribe": _flag(
            "Whether someone who has left the list is subscribed again.", default=False
        ),
        "if_already_bought": _one_of(
            "if_already_bought",
            'What an event that says "not paid" does for someone who has bought the product.',
            default="skip",
        ),
        "keep_if_still_earned": _flag(
            "Whether a removal leaves what another paid order still earns.", default=True
        ),
        "source": _one_or_several(
            "source",
            "What the record is about: main item or bump, the producer's or an affiliate's copy.",
        ),
        "active": _flag("Whether the rule is used.", default=True),
    }


def _integration() -> dict[str, Any]:
    text = {"anyOf": [_NAME, {"type": "null"}]}
    schemas: dict[str, dict[str, Any]] = {
        "name": {**_NAME, "description": "Name of the integration, unique."},
        "products": {**_ANY_NAMES, "description": "Ids or names that its rules are limited to."},
        "api_url": {**text, "description": "URL of an account of its own."},
        "api_token": {**text, "description": "Key of that account."},
        "active": _flag("Whether its rules are used.", default=True),
        "segmentations": _list_of("#/definitions/segmentation", "Its rules."),
    }
    return {
        "type": "object",
        "description": "Rules for some products, perhaps with an account of their own.",
        "properties": {key: schemas[key] for key in INTEGRATION_KEYS},
        "required": ["name"],
        "additionalProperties": False,
        "dependencies": {"api_url": ["api_token"], "api_token": ["api_url"]},
    }


def _word(kind: Words, *more: str) -> dict[str, Any]:
    """Return the schema of a word: known spellings for completion, a pattern for all others."""
    known = [*(word for ws in kind.by_name.values() for word in ws), *more]
    return {
        "type": "string",
        "anyOf": [{"enum": list(dict.fromkeys(known))}, {"pattern": pattern_of(known)}],
    }


def _one_of(kind: str, description: str, **more: Any) -> dict[str, Any]:
    word = {"$ref": f"#/definitions/word_for_{kind}"}
    return {"description": description, **more, "anyOf": [word, {"type": "null"}]}


def _one_or_several(kind: str, description: str) -> dict[str, Any]:
    word = {"$ref": f"#/definitions/word_for_{kind}"}
    several = {"type": "array", "items": word}
    return {"description": description, "anyOf": [word, several, {"type": "null"}]}


def _flag(description: str, *, default: bool) -> dict[str, Any]:
    word = {"$ref": "#/definitions/word_for_true_or_false"}
    return {
        "description": description,
        "default": default,
        "anyOf": [{"type": "boolean"}, word, {"type": "null"}],
    }


def pattern_of(known: Iterable[str]) -> str:
    """Return a pattern for words without regard to case, accents and brackets.

    It means the same to Python and to the ECMAScript that editors use, which has no flag for case
    in a schema.
    """
    spelled = sorted({folded(word) for word in known})
    return f"^{_BETWEEN}*(?:{'|'.join(_pattern(word) for word in spelled)}){_BETWEEN}*$"


def _pattern(word: str) -> str:
    return f"{_BETWEEN}+".join("".join(map(_letter, part)) for part in word.split())


def _letter(letter: str) -> str:
    if not letter.isalpha():
        return letter
    small = letter + _ACCENTED.get(letter, "")
    return f"[{small}{unicodedata.normalize('NFC', small.upper())}]"


if __name__ == "__main__":
    print(json.dumps(rules_schema(), indent=1, ensure_ascii=False))  # noqa: T201
