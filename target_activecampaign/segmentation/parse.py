"""From what the user wrote to rules, or to a sentence that names the rule and the key."""

from __future__ import annotations

import difflib
import unicodedata
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn

from target_activecampaign.errors import RuleError
from target_activecampaign.segmentation.rule import Rule
from target_activecampaign.ticto.order import path_fault
from target_activecampaign.ticto.phones import PHONE_FORMATS
from target_activecampaign.ticto.statuses import STATUSES, folded, status_named

RULE_KEYS: Final = (
    "title",
    "event",
    "type",
    "products",
    "offers",
    "action",
    "list",
    "tags",
    "phone_format",
    "fields",
    "automation",
    "resubscribe",
    "active",
)
_INTEGRATION_KEYS: Final = (
    "name",
    "products",
    "api_url",
    "api_token",
    "active",
    "segmentations",
)
_ACTIONS: Final = ("add", "remove")
_ANY_TYPE: Final = "any"
_TYPES: Final = (_ANY_TYPE, "first_sale", "renewal", "credit_card", "pix", "bank_slip")
_PAYMENT_METHODS: Final = frozenset(("credit_card", "pix", "bank_slip"))
_TYPE_LABELS: Final = {
    "qualquer": _ANY_TYPE,
    "primeira venda": "first_sale",
    "renovação": "renewal",
    "cartão de crédito": "credit_card",
    "boleto": "bank_slip",
}
_TYPE_BY_LABEL: Final = {
    **{folded(label): name for label, name in _TYPE_LABELS.items()},
    **{folded(name): name for name in _TYPES},
}
_LONGEST_TAG: Final = 255


@dataclass(frozen=True)
class Integration:
    """A checked integration, active and with the rules that write through it."""

    name: str
    api_url: str | None
    api_token: str | None = field(repr=False)
    rules: tuple[Rule, ...] = ()


def parse_segmentations(
    written: list[Any],
    *,
    default_phone_format: str,
    integration: str | None = None,
    products: frozenset[str] = frozenset(),
) -> tuple[Rule, ...]:
    """Check rules.

    Args:
        written: As the user wrote them.
        default_phone_format: For rules that name none.
        integration: Name of the integration that they belong to.
        products: The integration's products; rules apply to these only.

    Returns:
        The active rules.

    Raises:
        RuleError: If any rule cannot work, active or not.
    """
    rules = []
    titles: set[str] = set()
    for position, raw in enumerate(written, start=1):
        reader = _Reader.of_rule(raw, position, integration)
        rule = _rule(reader, default_phone_format, integration, products)
        if rule.title.casefold() in titles:
            reader.refuse("title", "is used by another rule; titles must be unique")
        titles.add(rule.title.casefold())
        if reader.flag("active", default=True):
            rules.append(rule)
    return tuple(rules)


def parse_integrations(written: list[Any], *, default_phone_format: str) -> list[Integration]:
    """Check integrations with their rules; return the active ones."""
    found = []
    names: set[str] = set()
    for position, raw in enumerate(written, start=1):
        reader = _Reader.of_integration(raw, position)
        name = reader.required_text("name")
        if name.casefold() in names:
            reader.refuse("name", "is used by another integration; names must be unique")
        names.add(name.casefold())
        segmentations = raw.get("segmentations")
        if segmentations is not None and not isinstance(segmentations, list):
            reader.refuse("segmentations", "must be a list of rules")
        rules = parse_segmentations(
            segmentations or [],
            default_phone_format=default_phone_format,
            integration=name,
            products=frozenset(text.casefold() for text in reader.texts("products")),
        )
        api_url, api_token = reader.optional_text("api_url"), reader.optional_text("api_token")
        if (api_url is None) != (api_token is None):
            # Half an account of its own would send a token to an account that it is not for.
            reader.refuse(
                "api_token" if api_token is None else "api_url",
                "is missing; an account of its own needs both api_url and api_token",
            )
        if reader.flag("active", default=True) and rules:
            found.append(Integration(name, api_url, api_token, rules))
    return found


def _rule(
    reader: _Reader,
    default_phone_format: str,
    integration: str | None,
    integration_products: frozenset[str],
) -> Rule:
    title = reader.required_text("title")
    lists, tags = reader.texts("list"), _tags(reader)
    if not lists and not tags:
        reader.refuse("list", "and tags are both missing; a rule needs at least one of them")
    products = frozenset(text.casefold() for text in reader.texts("products"))
    if products and integration_products and not products & integration_products:
        reader.refuse("products", "holds none of the integration's products")
    if integration_products:
        products = products & integration_products or integration_products
    return Rule(
        title=title,
        integration=integration,
        events=_events(reader),
        types=_types(reader),
        products=products,
        offers=frozenset(text.casefold() for text in reader.texts("offers")),
        action=reader.choice("action", _ACTIONS, default="add"),
        lists=lists,
        tags=tags,
        phone_format=reader.choice("phone_format", PHONE_FORMATS, default=default_phone_format),
        fields=_fields(reader),
        automations=reader.texts("automation"),
        resubscribe=reader.flag("resubscribe", default=False),
    )


def _events(reader: _Reader) -> frozenset[str]:
    written = reader.texts("event")
    if not written:
        reader.refuse("event", "is missing; name the status that fires the rule")
    events = set()
    for name in written:
        status = status_named(name)
        if status is None:
            reader.refuse("event", f"has the unknown status {name!r}{_hint(name, STATUSES)}")
        events.add(status)
    return frozenset(events)


def _types(reader: _Reader) -> frozenset[str]:
    types = set()
    for name in reader.texts("type"):
        known = _TYPE_BY_LABEL.get(folded(name))
        if known is None:
            reader.refuse("type", f"has the unknown type {name!r}; known are {', '.join(_TYPES)}")
        types.add(known)
    types.discard(_ANY_TYPE)
    if {"first_sale", "renewal"} <= types or len(types & _PAYMENT_METHODS) > 1:
        reader.refuse("type", "can never hold: all types named must hold at the same time")
    return frozenset(types)


def _tags(reader: _Reader) -> tuple[str, ...]:
    unique: dict[str, str] = {}
    for written in reader.texts("tags"):
        for tag in written.split(";"):
            name = tag.strip()
            if not name.isprintable():
                reader.refuse("tags", "holds a tag with characters that cannot be printed")
            if len(name) > _LONGEST_TAG:
                reader.refuse("tags", f"holds a tag of more than {_LONGEST_TAG} characters")
            if name:
                unique.setdefault(name.casefold(), name)
    return tuple(unique.values())


def _fields(reader: _Reader) -> tuple[tuple[str, str], ...]:
    written = reader.raw.get("fields")
    if written is None:
        return ()
    if not isinstance(written, dict):
        reader.refuse("fields", "must map contact fields to paths, as in {CPF: customer.cpf}")
    fields = []
    for name, path in written.items():
        if isinstance(name, bool) or not isinstance(name, str | int) or not str(name).strip():
            reader.refuse("fields", "has a field name that is not text; put it in quotes")
        if not isinstance(path, str) or not path.strip():
            reader.refuse("fields", f"gives {name} no path into the order")
        fault = path_fault(path.strip())
        if fault is not None:
            reader.refuse("fields", f"gives {name} the path {path!r}, which {fault}")
        fields.append((str(name).strip(), path.strip()))
    return tuple(fields)


def _hint(name: str, known: Any) -> str:
    close = difflib.get_close_matches(name.casefold(), sorted(known), n=1)
    return f"; did you mean {close[0]}?" if close else f"; known are {', '.join(sorted(known))}"


@dataclass(frozen=True)
class _Reader:
    """One rule or integration as written, and how to speak of it."""

    raw: dict[str, Any]
    subject: str

    @classmethod
    def of_rule(cls, raw: Any, position: int, integration: str | None) -> _Reader:
        where = f" of the integration {integration!r}" if integration else ""
        return cls._of(raw, RULE_KEYS, "title", f"Rule {{}}{where}", position)

    @classmethod
    def of_integration(cls, raw: Any, position: int) -> _Reader:
        return cls._of(raw, _INTEGRATION_KEYS, "name", "Integration {}", position)

    @classmethod
    def _of(
        cls, raw: Any, keys: tuple[str, ...], name_key: str, subject: str, position: int
    ) -> _Reader:
        if not isinstance(raw, dict):
            raise RuleError(f"{subject.format(position)} must be a mapping of keys to values.")
        name = raw.get(name_key)
        named = repr(name.strip()) if isinstance(name, str) and name.strip() else str(position)
        reader = cls(raw, subject.format(named))
        for key in raw:
            if key not in keys:
                reader.refuse(str(key), f"is not known{_hint(str(key), keys)}")
        return reader

    def refuse(self, key: str, fault: str) -> NoReturn:
        raise RuleError(f"{self.subject}: {key} {fault}.")

    def optional_text(self, key: str) -> str | None:
        value = self.raw.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, str | int) or not str(value).strip():
            self.refuse(key, "must be text; put it in quotes")
        return str(value).strip()

    def required_text(self, key: str) -> str:
        value = self.optional_text(key)
        if value is None:
            self.refuse(key, "is missing")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Return one value or a list of values as texts; ids may be written as numbers."""
        value = self.raw.get(key)
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
        value = self.raw.get(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            self.refuse(key, "must be true or false")
        return value

    def choice(self, key: str, choices: tuple[str, ...], *, default: str) -> str:
        value = self.raw.get(key)
        if value is None:
            return default
        name = value.strip().casefold() if isinstance(value, str) else value
        if name not in choices:
            self.refuse(key, f"has the unknown value {value!r}; known are {', '.join(choices)}")
        return str(name)
