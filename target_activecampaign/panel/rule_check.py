"""What is wrong with a rule or an integration that is about to be saved, field by field.

It is the target's own check. The target stops at the first fault; a person who fills in a form
wants to see them all, so each key is also checked alone, in a rule that is sound otherwise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from target_activecampaign.errors import RuleError
from target_activecampaign.segmentation.mapping import UserMapping
from target_activecampaign.segmentation.parse import parse_integrations, parse_segmentations

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from target_activecampaign.account.directory import Directory
    from target_activecampaign.segmentation import Rule

# A rule that holds whatever else it is given.
_SOUND: Final = {"title": "probe", "event": "authorized", "tags": "probe"}
# Keys of which a rule needs one.
_NEEDED: Final = (("title",), ("event",), ("list", "tags"))
_ACCOUNT_KEYS: Final = {"list": "list", "fields": "fields", "automation": "automation"}
WHOLE: Final = ""

Faults = dict[str, str]


def rule_faults(
    raw: Mapping[str, Any],
    *,
    others: Sequence[Any],
    integration: str | None,
    products: frozenset[str],
) -> Faults:
    """Return key -> what is wrong with it, in the target's words; "" for the rule as a whole.

    Args:
        raw: The rule.
        others: The rules beside it, which must have other titles.
        integration: Its integration.
        products: That integration's products.
    """
    faults: Faults = {}
    try:
        said = UserMapping.of_rule(raw, 1, integration).values
    except RuleError as error:
        return {error.key or WHOLE: error.fault}
    for key, value in said.items():
        _check([{**_SOUND, key: value}], integration, products, faults)
    for needed in _NEEDED:
        others_of_it = {key: value for key, value in _SOUND.items() if key not in needed}
        own = {key: said[key] for key in needed if key in said}
        _check([{**others_of_it, **own}], integration, products, faults)
    _check([raw], integration, products, faults)
    titles = {str(one.get("title")).strip().casefold() for one in others if isinstance(one, dict)}
    title = str(raw.get("title") or "").strip()
    if title and title.casefold() in titles:
        faults.setdefault("title", "is used by another rule; titles must be unique")
    return faults


def _check(
    rules: list[Any], integration: str | None, products: frozenset[str], faults: Faults
) -> None:
    try:
        parse_segmentations(
            rules, default_phone_format="e164", integration=integration, products=products
        )
    except RuleError as error:
        faults.setdefault(error.key or WHOLE, error.fault)


def integration_faults(raw: Mapping[str, Any], *, others: Sequence[Any]) -> Faults:
    """Return key -> what is wrong with an integration; its rules do not count."""
    bare = {key: value for key, value in raw.items() if key != "segmentations"}
    faults: Faults = {}
    for one in (*({"name": "probe", key: bare[key]} for key in bare if key == "products"), bare):
        try:
            parse_integrations([one], default_phone_format="e164")
        except RuleError as error:  # noqa: PERF203 - two of them
            faults.setdefault(error.key or WHOLE, error.fault)
    names = {str(one.get("name")).strip().casefold() for one in others if isinstance(one, dict)}
    name = str(raw.get("name") or "").strip()
    if name and name.casefold() in names:
        faults.setdefault("name", "is used by another integration; names must be unique")
    return faults


def parsed_rules(
    raw: Sequence[Any], *, integration: str | None, products: frozenset[str], default_format: str
) -> tuple[Rule, ...]:
    """Return those rules that hold, switched off or not."""
    found: list[Rule] = []
    for one in raw:
        try:
            said = UserMapping.of_rule(one, 1, integration).values
            found += parse_segmentations(
                [{**said, "active": True}],
                default_phone_format=default_format,
                integration=integration,
                products=products,
            )
        except RuleError:  # noqa: PERF203 - few rules
            continue
    return tuple(found)


def account_faults(rule: Rule, directory: Directory) -> Faults:
    """Return key -> which of its names the account does not have."""
    faults: Faults = {}
    _, sentences = directory.resolve([rule])
    for sentence in sentences:
        # Such as: Rule 'Sale': list: the account has no list 'Students'.
        _, _, told = sentence.removeprefix(f"Rule {rule.label!r}").partition(": ")
        key, _, fault = told.partition(": ")
        faults.setdefault(_ACCOUNT_KEYS.get(key, WHOLE), fault.rstrip("."))
    return faults


def products_of(integration: Mapping[str, Any]) -> frozenset[str]:
    """Return the products of an integration, as rules compare them."""
    written = integration.get("products")
    members = written if isinstance(written, list) else [] if written is None else [written]
    return frozenset(str(one).strip().casefold() for one in members)
