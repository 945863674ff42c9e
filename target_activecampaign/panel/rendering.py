"""The templates, with what they need to show values of orders safely and readably."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from target_activecampaign.panel import labels
from target_activecampaign.panel.account_names import host_of
from target_activecampaign.panel.sentences import translated
from target_activecampaign.panel.steps import in_words
from target_activecampaign.panel.visit import address

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from target_activecampaign.panel.account_names import Choice

STATIC: Final = Path(__file__).with_name("static")


def environment() -> Environment:
    """Return the templates. Everything that they show is escaped."""
    templates = Environment(
        loader=PackageLoader("target_activecampaign.panel"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.do"],
    )
    templates.globals.update(
        address=address,
        static=static_address,
        kind_of_event=labels.kind_of_event,
        event_label=lambda _, event: labels.label(_, labels.EVENTS, event),
        labels=labels,
        host_of=host_of,
        sentence=translated,
        step_in_words=in_words,
        as_yaml=as_yaml,
        pairs=_pairs_of_choices,
        named_pairs=_named_pairs,
    )
    return templates


def as_yaml(value: Any) -> str:
    """Return a part of a rule file for people to read."""
    return yaml.safe_dump(value, allow_unicode=True, sort_keys=False, default_flow_style=None)


def _pairs_of_choices(known: Mapping[str, Sequence[Choice]], kind: str) -> list[tuple[str, str]]:
    return [(one.value, one.text) for one in known.get(kind, ())]


def _named_pairs(found: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(key, name if name == key else f"{name} ({key})") for key, name in found]


@cache
def static_address(name: str) -> str:
    """Return the address of a file that comes with the panel; it changes with the file."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"
