"""A rule or an integration as the user wrote it, and how to speak of what is wrong with it."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NoReturn

from target_activecampaign.errors import RuleError
from target_activecampaign.segmentation import words
from target_activecampaign.segmentation.words import Words

if TYPE_CHECKING:
    from collections.abc import Mapping

INTEGRATION_KEYS: Final = ("name", "products", "api_url", "api_token", "active", "segmentations")
_INTEGRATION_WORDS: Final = Words.of(dict.fromkeys(INTEGRATION_KEYS, ()))


@dataclass(frozen=True)
class UserMapping:
    """One rule or integration.

    Attributes:
        values: Values by the names of their keys.
        subject: How messages call it.
        written: How the user wrote the keys, by their names.
    """

    values: Mapping[str, Any]
    subject: str
    written: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of_rule(cls, raw: Any, position: int, integration: str | None) -> UserMapping:
        """Take a rule.

        Raises:
            RuleError: If it is no mapping, or has a key that no rule has, or one twice.
        """
        where = f" of the integration {integration!r}" if integration else ""
        return cls._of(raw, words.KEYS, "title", f"Rule {{}}{where}", position)

    @classmethod
    def of_integration(cls, raw: Any, position: int) -> UserMapping:
        """Take an integration.

        Raises:
            RuleError: If it is no mapping, or has a key that no integration has.
        """
        return cls._of(raw, _INTEGRATION_WORDS, "name", "Integration {}", position)

    @classmethod
    def _of(cls, raw: Any, keys: Words, name_key: str, subject: str, position: int) -> UserMapping:
        if not isinstance(raw, dict):
            raise RuleError(f"{subject.format(position)} must be a mapping of keys to values.")
        named = {key: keys.name_of(str(key)) for key in raw}
        name = next((raw[key] for key, known in named.items() if known == name_key), None)
        shown = repr(name.strip()) if isinstance(name, str) and name.strip() else str(position)
        values: dict[str, Any] = {}
        written: dict[str, str] = {}
        mapping = cls(values, subject.format(shown), written)
        for key, known in named.items():
            both = words.ambiguity_of_key(str(key))
            if both is not None:
                mapping.refuse(str(key), f"names two fields of the panel's form; write {both}")
            if known is None:
                mapping.refuse(str(key), f"is not known{keys.guess(str(key))}")
            if known in values:
                raise RuleError(
                    f"{mapping.subject}: {key} is the same key as {written[known]}; write it once."
                )
            values[known], written[known] = raw[key], str(key)
        return mapping

    def refuse(self, key: str, fault: str) -> NoReturn:
        """Say what is wrong with a key.

        Raises:
            RuleError: Always.
        """
        written = self.written.get(key, key)
        shown = key if written == key else f"{written} ({key})"
        end = "" if fault.endswith("?") else "."
        raise RuleError(f"{self.subject}: {shown} {fault}{end}", key=key, fault=fault)

    def optional_text(self, key: str) -> str | None:
        """Return a text, or None where there is none; ids may be written as numbers."""
        value = self.values.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, str | int) or not str(value).strip():
            self.refuse(key, "must be text; put it in quotes")
        return str(value).strip()

    def required_text(self, key: str) -> str:
        """Return a text that must be there."""
        value = self.optional_text(key)
        if value is None:
            self.refuse(key, "is missing")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Return one value or a list of values as texts; ids may be written as numbers."""
        value = self.values.get(key)
        if value is None:
            return ()
        found = []
        for member in value if isinstance(value, list) else [value]:
            if isinstance(member, bool) or not isinstance(member, str | int):
                self.refuse(key, "must hold names or ids; put names in quotes")
            if not str(member).strip():
                self.refuse(key, "holds an empty name")
            # Orders are read so too: an accent may be written as a character of its own.
            found.append(unicodedata.normalize("NFC", str(member).strip()))
        return tuple(dict.fromkeys(found))

    def flag(self, key: str, *, default: bool) -> bool:
        """Return true or false; the words ``sim`` and ``não`` serve as well."""
        value = self.values.get(key)
        if value is None:
            return default
        named = words.FLAGS.name_of(value) if isinstance(value, str) else None
        if named is not None:
            return named == "true"
        if not isinstance(value, bool):
            self.refuse(key, "must be true or false")
        return value

    def choice(self, key: str, choices: Words, *, default: str) -> str:
        """Return one of several names, whichever word for it was written."""
        value = self.values.get(key)
        if value is None:
            return default
        name = choices.name_of(str(value)) if isinstance(value, str | int) else None
        if name is None or isinstance(value, bool):
            self.refuse(key, f"has the unknown value {value!r}{choices.guess(str(value))}")
        return name

    def named(self, key: str, choices: Words, *, what: str) -> tuple[str, ...]:
        """Return names, whichever words for them were written, in the order written."""
        found = []
        for word in self.texts(key):
            name = choices.name_of(word)
            if name is None:
                self.refuse(key, f"has the unknown {what} {word!r}{choices.guess(word)}")
            found.append(name)
        return tuple(dict.fromkeys(found))
