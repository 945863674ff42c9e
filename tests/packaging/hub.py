"""The plugins' entries for Meltano Hub, made of `--about` and what meltano.yml calls things."""

from __future__ import annotations

import importlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import yaml
from click.testing import CliRunner

from tests.packaging.contents import PROJECT, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

FOLDER: Final = ROOT / "docs" / "meltano-hub"
DISTRIBUTION: Final = PROJECT["project"]["name"]
_MELTANO: Final = yaml.safe_load((ROOT / "meltano.yml").read_text(encoding="utf-8"))["plugins"]
_KINDS: Final = {
    "array": "array",
    "boolean": "boolean",
    "integer": "integer",
    # Meltano cannot hand a decimal on to a plugin.
    "number": "integer",
    "object": "object",
    "string": "string",
}


@dataclass(frozen=True)
class Plugin:
    """A plugin as the Hub sorts it.

    Attributes:
        kind: `extractors` or `loaders`.
        name: Its name, which its executable has as well.
        label: What it reads from or writes to.
        domain_url: Where that is.
    """

    kind: str
    name: str
    label: str
    domain_url: str

    @property
    def path(self) -> Path:
        """Where its entry is, as the Hub sorts entries below `_data/meltano`."""
        return FOLDER / self.kind / self.name / f"{DISTRIBUTION}.yml"

    def about(self) -> dict[str, Any]:
        """Return what `--about --format=json` says, without starting a process."""
        module, _, attribute = PROJECT["project"]["scripts"][self.name].partition(":")
        plugin = getattr(importlib.import_module(module), attribute.split(".")[0])
        said = CliRunner().invoke(plugin.cli, ["--about", "--format=json"])
        assert said.exit_code == 0, said.output
        return dict(json.loads(said.stdout))

    def declared(self) -> dict[str, Any]:
        """Return what meltano.yml says."""
        return dict(next(one for one in _MELTANO[self.kind] if one["name"] == self.name))


ACTIVECAMPAIGN: Final = ("ActiveCampaign", "https://www.activecampaign.com/")
PLUGINS: Final = (
    Plugin("extractors", "tap-activecampaign", *ACTIVECAMPAIGN),
    Plugin("extractors", "tap-ticto", "Ticto", "https://ticto.com.br/"),
    Plugin("loaders", "target-activecampaign", *ACTIVECAMPAIGN),
)


def entry(plugin: Plugin) -> dict[str, Any]:
    """Return the entry of a plugin."""
    about, declared = plugin.about(), plugin.declared()
    named = {setting["name"]: setting for setting in declared["settings"]}
    properties = about["settings"]["properties"]
    extras = re.search(r"\[[\w,]+\]", declared["pip_url"])
    made = {
        "capabilities": sorted(about["capabilities"]),
        "description": about["description"].splitlines()[0],
        "domain_url": plugin.domain_url,
        "executable": plugin.name,
        "keywords": ["api", "meltano_sdk"],
        "label": plugin.label,
        "maintenance_status": "active",
        "name": plugin.name,
        "namespace": declared["namespace"],
        "pip_url": f"{DISTRIBUTION}{extras[0] if extras else ''}",
        # The Hub computes it from how much a plugin is used.
        "quality": "unknown",
        "select": declared.get("select"),
        "settings": sorted(
            (_setting(name, one, named.get(name, {})) for name, one in _leaves(properties)),
            key=lambda setting: str(setting["name"]),
        ),
        "settings_group_validation": declared["settings_group_validation"],
        "supported_python_versions": about["supported_python_versions"],
        "variant": DISTRIBUTION,
    }
    return {key: value for key, value in made.items() if value is not None}


def written(made: Mapping[str, Any]) -> str:
    """Return an entry as the Hub's own check of its form wants it: sorted, lists not indented."""
    return yaml.safe_dump(dict(made), allow_unicode=True, sort_keys=True, width=80)


def _leaves(properties: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield settings, those within an object by their path, as Meltano sets them."""
    for name, schema in properties.items():
        # Names of streams, which nobody can list.
        inner = {} if name == "stream_maps" else schema.get("properties")
        if inner:
            yield from _leaves(inner, f"{above}{name}.")
        else:
            yield f"{above}{name}", schema


def _setting(name: str, schema: Mapping[str, Any], declared: Mapping[str, Any]) -> dict[str, Any]:
    types = schema.get("type", "string")
    (kind,) = {types} if isinstance(types, str) else set(types) - {"null"}
    hidden = bool(schema.get("secret"))
    made = {
        "description": schema["description"],
        "kind": "date_iso8601" if schema.get("format") == "date-time" else _KINDS[kind],
        "label": declared.get("label") or schema["title"],
        "name": name,
        "placeholder": declared.get("placeholder"),
        "sensitive": hidden or None,
        "value": schema.get("default"),
    }
    if "enum" in schema:
        offered = declared.get("options") or [
            {"label": value, "value": value} for value in schema["enum"] if value is not None
        ]
        made |= {"kind": "options", "options": offered}
    if hidden:
        made["kind"] = "password"
    return {key: value for key, value in made.items() if value is not None}
