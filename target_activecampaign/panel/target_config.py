"""The target's configuration file, as it is at one moment."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator

from target_activecampaign.panel.rules_file import RulesFile
from target_activecampaign.settings import settings_schema


@dataclass(frozen=True)
class TargetConfig:
    """The target's configuration at one moment.

    Attributes:
        values: Its settings; empty where it cannot be read.
        fault: Why it cannot be read, in English; None if it can, or none is named.
    """

    values: dict[str, Any] = field(default_factory=dict, repr=False)
    fault: str | None = None

    @property
    def rules_file(self) -> RulesFile | None:
        """The file that the panel edits; None if the configuration names none."""
        path = self.values.get("rules_path")
        return RulesFile(Path(path)) if isinstance(path, str) and path else None

    def with_account(self, api_url: str | None, api_token: str | None) -> dict[str, Any]:
        """Return the settings with another account, or the main one where none is given."""
        if not api_url and not api_token:
            return self.values
        return {**self.values, "api_url": api_url, "api_token": api_token}


def read_target_config(path: Path | None) -> TargetConfig:
    """Read the file, if one is named.

    Args:
        path: The setting ``target_config`` of the inbox.
    """
    if path is None:
        return TargetConfig()
    try:
        written = path.read_text(encoding="utf-8-sig")
        values = json.loads(written)
    except OSError as error:
        return TargetConfig(fault=f"{path} cannot be read: {error.strerror}.")
    except (ValueError, RecursionError):
        return TargetConfig(fault=f"{path} is not JSON.")
    if not isinstance(values, dict):
        return TargetConfig(fault=f"{path} is not a JSON object.")
    setting = _setting_of_another_type(written)
    if setting is not None:
        return TargetConfig(
            fault=f"{path}: the setting {setting} has a value of a type that it cannot have."
        )
    return TargetConfig(values)


@lru_cache(maxsize=2)
def _setting_of_another_type(written: str) -> str | None:
    """Return the first setting whose value has another type than the target declares for it."""
    schema = settings_schema()
    errors = Draft7Validator(schema).iter_errors(json.loads(written))
    found = (
        error.path[0] for error in errors if error.validator == "type" and len(error.path) == 1
    )
    return next(map(str, found), None)
