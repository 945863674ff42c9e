"""Where rules come from: the settings, and a YAML or JSON file beside them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from target_activecampaign.errors import RuleError
from target_activecampaign.segmentation.parse import parse_integrations, parse_segmentations
from target_activecampaign.segmentation.rule import RuleSet

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_LARGEST_FILE_BYTES = 1_000_000
_FILE_KEYS = ("segmentations", "integrations")


def load_rule_sets(config: Mapping[str, Any]) -> tuple[RuleSet, ...]:
    """Read and check all rules.

    Args:
        config: The target's settings.

    Returns:
        One set for the rules without an integration, if there are any, and one for each active
        integration.

    Raises:
        RuleError: If a rule or the rule file cannot work; names the rule and the key.
    """
    rules_path = config.get("rules_path")
    from_file = read_rule_file(Path(rules_path).expanduser()) if rules_path else {}
    segmentations = [
        *_listed(config.get("segmentations"), "segmentations", "The settings"),
        *_listed(from_file.get("segmentations"), "segmentations", "The rule file"),
    ]
    integrations = [
        *_listed(config.get("integrations"), "integrations", "The settings"),
        *_listed(from_file.get("integrations"), "integrations", "The rule file"),
    ]
    default_format = config.get("default_phone_format") or "e164"
    sets = []
    own_rules = parse_segmentations(segmentations, default_phone_format=default_format)
    if own_rules:
        sets.append(
            RuleSet(
                config.get("api_url"),
                config.get("api_token"),
                own_rules,
                "the setting segmentations",
            )
        )
    sets.extend(
        RuleSet(
            integration.api_url or config.get("api_url"),
            integration.api_token or config.get("api_token"),
            integration.rules,
            f"integration {integration.name!r}",
        )
        for integration in parse_integrations(integrations, default_phone_format=default_format)
    )
    return tuple(sets)


def hints_of(rule_sets: Iterable[RuleSet]) -> list[str]:
    """Return sentences about what looks like a slip in rules that are well formed."""
    return [hint for rule_set in rule_sets for rule in rule_set.rules for hint in rule.hints]


def _listed(value: Any, key: str, where: str) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise RuleError(f"{where}: {key} must be a list.")
    return value


def read_rule_file(path: Path) -> dict[str, Any]:
    """Read a YAML or JSON file of rules.

    Args:
        path: The file; its name ends in ``.json`` for JSON, anything else is read as YAML.

    Raises:
        RuleError: If the file is missing, too large, empty, not what it should be, or uses YAML's
            anchors, with which a small file can grow without bound.
    """
    what = f"The rule file {path.name}"
    try:
        with path.open("rb") as file:
            raw = file.read(_LARGEST_FILE_BYTES + 1)
    except OSError as error:
        raise RuleError(f"{what} cannot be read: {error.strerror}.") from None
    return rules_in(raw, path.name)


def rules_in(raw: bytes, name: str) -> dict[str, Any]:
    """Parse the content of a rule file.

    Args:
        raw: The content.
        name: The file's name; it ends in ``.json`` for JSON, anything else is YAML.

    Raises:
        RuleError: See `read_rule_file`.
    """
    what = f"The rule file {name}"
    if len(raw) > _LARGEST_FILE_BYTES:
        raise RuleError(f"{what} is larger than 1 MB; rules are never that long.")
    try:
        content = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise RuleError(f"{what} is not UTF-8 text.") from None
    if not content.strip():
        raise RuleError(f"{what} is empty.")
    parsed = _parsed(content, what, is_json=name.lower().endswith(".json"))
    if not isinstance(parsed, dict):
        raise RuleError(
            f"{what} must hold the keys segmentations and/or integrations, "
            f"not a {'list' if isinstance(parsed, list) else 'single value'}."
        )
    unknown = sorted(str(key) for key in parsed if key not in _FILE_KEYS)
    if unknown:
        raise RuleError(
            f"{what} has the unknown key {unknown[0]!r}; known are segmentations and integrations."
        )
    return parsed


def _parsed(content: str, what: str, *, is_json: bool) -> Any:
    try:
        if is_json:
            return json.loads(content, object_pairs_hook=_unique_pairs)
        return yaml.load(content, _RuleLoader)  # noqa: S506 - a SafeLoader
    except json.JSONDecodeError as error:
        raise RuleError(f"{what} is not JSON: {error.msg} in line {error.lineno}.") from None
    except yaml.YAMLError as error:
        raise RuleError(f"{what} is not YAML: {_yaml_fault(error)}.") from None
    except _DuplicateKeyError as error:
        raise RuleError(f"{what} has the key {error} twice in one place.") from None
    except (RecursionError, ValueError):
        raise RuleError(f"{what} holds values that no rule has.") from None


class _DuplicateKeyError(Exception):
    """A key stands twice in a mapping; the second would silently win."""


def _unique_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for key, value in pairs:
        if key in members:
            raise _DuplicateKeyError(repr(key))
        members[key] = value
    return members


class _RuleLoader(yaml.SafeLoader):
    """YAML without anchors and without duplicate keys."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.get_mark()
            raise yaml.composer.ComposerError(
                None, None, "references (*name) are not accepted", mark
            )
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002
        seen: set[str] = set()
        for key_node, _ in node.value:
            name = str(key_node.value)
            if name in seen:
                raise _DuplicateKeyError(repr(name))
            seen.add(name)
        return super().construct_mapping(node, deep=deep)


def _yaml_fault(error: yaml.YAMLError) -> str:
    problem = getattr(error, "problem", None) or "it cannot be parsed"
    mark = getattr(error, "problem_mark", None)
    return f"{problem} in line {mark.line + 1}" if mark is not None else str(problem)
