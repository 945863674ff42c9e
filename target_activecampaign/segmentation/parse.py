"""From what the user wrote to rules, or to a sentence that names the rule and the key."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final, Literal, cast

from target_activecampaign.segmentation import words
from target_activecampaign.segmentation.mapping import UserMapping
from target_activecampaign.segmentation.rule import Rule
from target_activecampaign.ticto.fields import path_fault
from target_activecampaign.ticto.formats import code_of_checkout
from target_activecampaign.ticto.words import status_named

LONGEST_TAG: Final = 255
# A link, also without its scheme; the name of an offer may have a slash, but no host before it.
_LINK: Final = re.compile(r"(?:https?://)?[\w-]+(?:\.[\w-]+)+(?::\d+)?([/?#]\S*)?", re.IGNORECASE)


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
        reader = UserMapping.of_rule(raw, position, integration)
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
        reader = UserMapping.of_integration(raw, position)
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
    reader: UserMapping,
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
    events, event_types = _events(reader)
    types, sources = _types_and_sources(reader, event_types)
    if_bought = reader.choice("if_already_bought", words.IF_BOUGHT, default="skip")
    return Rule(
        title=title,
        integration=integration,
        events=events,
        types=types,
        products=products,
        offers=_offers(reader),
        action=reader.choice("action", words.ACTIONS, default="add"),
        lists=lists,
        tags=tags,
        phone_format=reader.choice("phone_format", words.PHONES, default=default_phone_format),
        fields=_fields(reader),
        automations=reader.texts("automation"),
        resubscribe=reader.flag("resubscribe", default=False),
        sources=sources,
        if_already_bought=cast("Literal['skip', 'apply']", if_bought),
        keep_if_still_earned=reader.flag("keep_if_still_earned", default=True),
        hints=_hints(reader, tags),
    )


def _events(reader: UserMapping) -> tuple[frozenset[str], frozenset[str]]:
    """Return the events, and the types that their words name besides."""
    written = reader.texts("event")
    if not written:
        reader.refuse("event", "is missing; name the status that fires the rule")
    meant = {}
    for word in written:
        status = status_named(word)
        meant[word] = (status, None) if status is not None else words.typed_event_named(word)
        if meant[word] is None:
            reader.refuse("event", f"has the unknown status {word!r}{words.EVENTS.guess(word)}")
    meanings = [meaning for meaning in meant.values() if meaning is not None]
    types = {kind for _, kind in meanings}
    if len(types) > 1:
        word, (status, kind) = next(
            (word, meaning) for word, meaning in meant.items() if meaning and meaning[1]
        )
        reader.refuse(
            "event",
            f"has {word!r}, which is {status} of the type {kind}, beside events of any type; "
            f"write a rule of its own for it",
        )
    return frozenset(status for status, _ in meanings), frozenset(filter(None, types))


def _types_and_sources(
    reader: UserMapping, event_types: frozenset[str]
) -> tuple[frozenset[str], frozenset[str]]:
    """Return what must hold; the panel has one field for types and sources."""
    named = {*reader.named("type", words.TYPES_AND_SOURCES, what="type"), *event_types}
    sources = {*reader.named("source", words.SOURCES, what="source")}
    types = named & set(words.TYPES.names)
    sources |= named - types
    for key, impossible in (
        ("type", {words.FIRST_SALE, words.RENEWAL} <= types),
        ("type", len(types & words.PAYMENT_METHODS) > 1),
        ("source", {"main", "bump"} <= sources or {"producer", "affiliate"} <= sources),
    ):
        if impossible:
            shown = key if key in reader.values else "type" if "type" in reader.values else "event"
            reader.refuse(shown, "can never hold: all that is named must hold at the same time")
    return frozenset(types - {words.ANY}), frozenset(sources - {words.ANY})


def _offers(reader: UserMapping) -> frozenset[str]:
    """Return offers; of a checkout link its code, which is its end."""
    offers = set()
    for written in reader.texts("offers"):
        link = _LINK.fullmatch(written)
        if link is None or ("://" not in written and link[1] is None):
            offers.add(written.casefold())
            continue
        code = code_of_checkout(written if "://" in written else f"https://{written}")
        if code is None:
            reader.refuse("offers", f"holds the link {written!r}, which ends in no offer's code")
        offers.add(code.casefold())
    return frozenset(offers)


def _tags(reader: UserMapping) -> tuple[str, ...]:
    unique: dict[str, str] = {}
    for written in reader.texts("tags"):
        for tag in written.split(";"):
            name = tag.strip()
            if not name.isprintable():
                reader.refuse("tags", "holds a tag with characters that cannot be printed")
            if len(name) > LONGEST_TAG:
                reader.refuse("tags", f"holds a tag of more than {LONGEST_TAG} characters")
            if name:
                unique.setdefault(name.casefold(), name)
    return tuple(unique.values())


def _hints(reader: UserMapping, tags: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(
        f"{reader.subject}: the tag {tag!r} holds a comma. Tags are separated by a semicolon; "
        f"with commas it is one tag."
        for tag in tags
        if "," in tag
    )


def _fields(reader: UserMapping) -> tuple[tuple[str, str], ...]:
    written = reader.values.get("fields")
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
