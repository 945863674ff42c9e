"""The inbox's settings: a JSON file, the environment, and what they must be."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import jsonschema

from target_activecampaign.inbox.errors import InboxSettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

ENVIRONMENT_PREFIX: Final = "TICTO_INBOX_"
HEALTH_PATH: Final = "/healthz"

config_jsonschema: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "inbox_url": {
            "type": ["string", "null"],
            "minLength": 1,
            "secret": True,
            "title": "Inbox URL",
            "description": (
                "SQLAlchemy URL of the inbox. Default: inbox.db in data_dir. A PostgreSQL "
                "database lets several receivers share it."
            ),
        },
        "data_dir": {
            "type": ["string", "null"],
            "minLength": 1,
            "default": ".ticto-inbox",
            "title": "Data directory",
            "description": "Where the inbox's files are. Nobody else may read it.",
        },
        "host": {
            "type": ["string", "null"],
            "minLength": 1,
            "default": "127.0.0.1",
            "title": "Host",
            "description": "The address to listen on. Behind a proxy on this machine: 127.0.0.1.",
        },
        "port": {
            "type": ["integer", "null"],
            "minimum": 0,
            "maximum": 65535,
            "default": 8080,
            "title": "Port",
            "description": "The port to listen on; 0 takes a free one and logs it.",
        },
        "path": {
            "type": ["string", "null"],
            "minLength": 1,
            "default": "/ticto",
            "title": "Path",
            "description": "Where postbacks come in.",
        },
        "ticto_tokens": {
            "type": ["array", "null"],
            "items": {"type": "string", "minLength": 1},
            "secret": True,
            "title": "Ticto tokens",
            "description": "Tokens that a postback may carry. None: any, with a warning.",
        },
        "max_body_bytes": {
            "type": ["integer", "null"],
            "minimum": 1,
            "default": 1_048_576,
            "title": "Largest body in bytes",
            "description": "A larger postback is answered 413.",
        },
        "retention_days": {
            "type": ["integer", "null"],
            "minimum": 1,
            "maximum": 36_500,
            "default": 400,
            "title": "Retention in days",
            "description": "How long postbacks are kept.",
        },
        "target_config": {
            "type": ["string", "null"],
            "minLength": 1,
            "title": "Target's configuration",
            "description": "The configuration file of target-activecampaign.",
        },
        "apply_every_seconds": {
            "type": ["number", "null"],
            "exclusiveMinimum": 0,
            "title": "Apply every so many seconds",
            "description": (
                "With target_config: run tap-ticto | target-activecampaign that often."
            ),
        },
        "panel": {
            "type": ["boolean", "null"],
            "default": True,
            "title": "Panel",
            "description": (
                "Serve the panel at /, where rules are written and what became of orders is shown."
            ),
        },
        "panel_password": {
            "type": ["string", "null"],
            "minLength": 1,
            "secret": True,
            "title": "Panel's password",
            "description": "Needed unless host is loopback; without it there is no panel then.",
        },
    },
}
_PROPERTIES: Final[dict[str, dict[str, Any]]] = config_jsonschema["properties"]


@dataclass(frozen=True)
class InboxSettings:
    """Usable settings.

    Attributes:
        inbox_url: SQLAlchemy URL of the store.
        data_dir: The inbox's own directory.
        host: Address to listen on.
        port: Port to listen on; 0 for a free one.
        path: Where postbacks come in.
        ticto_tokens: Accepted tokens; empty accepts any postback.
        max_body_bytes: Largest body.
        retention_days: How long postbacks are kept.
        target_config: The target's configuration file.
        apply_every_seconds: How often the tap and the target are run; None for never.
        panel: Whether the panel is served.
        panel_password: What its visitors must know; None lets this machine in only.
    """

    inbox_url: str = field(repr=False)
    data_dir: Path
    host: str = "127.0.0.1"
    port: int = 8080
    path: str = "/ticto"
    ticto_tokens: tuple[str, ...] = field(default=(), repr=False)
    max_body_bytes: int = 1_048_576
    retention_days: int = 400
    target_config: Path | None = None
    apply_every_seconds: float | None = None
    panel: bool = True
    panel_password: str | None = field(default=None, repr=False)


def load_settings(config: Path | None, environment: Mapping[str, str]) -> InboxSettings:
    """Read the settings; the environment goes before the file.

    Args:
        config: A JSON file, or None.
        environment: Variables; those that begin with ``TICTO_INBOX_`` are settings.

    Raises:
        InboxSettingsError: If a setting is unknown or cannot work.
    """
    values = {**_from_file(config), **_from_environment(environment)}
    for name in values:
        if name not in _PROPERTIES:
            near = get_close_matches(name, _PROPERTIES, n=1)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise InboxSettingsError(f"There is no setting {name}.{hint}")
    validator = jsonschema.Draft7Validator(config_jsonschema)
    for fault in sorted(validator.iter_errors(values), key=lambda fault: list(fault.path)):
        raise InboxSettingsError(_sentence(fault))
    return _settings({name: value for name, value in values.items() if value is not None})


def prepare_data_dir(path: Path) -> None:
    """Create the directory for its owner only, or take it away from everyone else.

    Raises:
        InboxSettingsError: If it cannot be made, kept private or written.
    """
    probe = path / f".probe-{os.getpid()}"
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.stat().st_mode & 0o077:
            path.chmod(0o700)
        os.close(os.open(probe, os.O_WRONLY | os.O_CREAT, 0o600))
        probe.unlink()
    except OSError as error:
        raise InboxSettingsError(
            f"The setting data_dir: {path} cannot be used as a private directory: {error.strerror}."
        ) from None


def _from_file(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        values = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InboxSettingsError(
            f"The configuration {path} cannot be read: {error.strerror}."
        ) from None
    except (ValueError, RecursionError):
        raise InboxSettingsError(f"The configuration {path} is not JSON.") from None
    if not isinstance(values, dict):
        raise InboxSettingsError(f"The configuration {path} is not a JSON object.")
    return values


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for variable, text in environment.items():
        name = variable.removeprefix(ENVIRONMENT_PREFIX).lower()
        if variable.startswith(ENVIRONMENT_PREFIX) and text.strip():
            values[name] = _value(name, text.strip())
    return values


def _value(name: str, text: str) -> Any:
    kinds = _PROPERTIES.get(name, {}).get("type", ())
    if "array" in kinds and not text.startswith("["):
        return [part.strip() for part in text.split(",") if part.strip()]
    if "string" in kinds:
        return text
    try:
        return json.loads(text)
    except ValueError:
        # Judged, and named in a sentence, like a wrong value of a file.
        return text


def _sentence(fault: jsonschema.ValidationError) -> str:
    """Return what is wrong with a setting, without its value, which may be a secret."""
    name = str(fault.path[0])
    wanted = _PROPERTIES[name]
    kinds = " or ".join(kind for kind in wanted["type"] if kind != "null")
    bounds = {
        "minLength": "must not be empty",
        "minimum": f"must be at least {wanted.get('minimum')}",
        "exclusiveMinimum": f"must be greater than {wanted.get('exclusiveMinimum')}",
        "maximum": f"must be at most {wanted.get('maximum')}",
    }
    rule = bounds.get(str(fault.validator), f"must be of type {kinds}")
    return f"The setting {name} {rule}."


def _settings(values: dict[str, Any]) -> InboxSettings:
    defaults = {name: one["default"] for name, one in _PROPERTIES.items() if "default" in one}
    merged: dict[str, Any] = {**defaults, **values}
    data_dir = Path(merged["data_dir"]).expanduser()
    path = str(merged["path"])
    if not path.startswith("/") or any(mark in path for mark in "?#{} "):
        raise InboxSettingsError(
            "The setting path must look like /ticto: a slash, then letters and digits."
        )
    if path == HEALTH_PATH:
        raise InboxSettingsError(f"The setting path must not be {HEALTH_PATH}, which tells health.")
    target_config = merged.get("target_config")
    if merged.get("apply_every_seconds") is not None and target_config is None:
        raise InboxSettingsError(
            "The setting apply_every_seconds needs target_config, the configuration file of "
            "target-activecampaign."
        )
    return InboxSettings(
        inbox_url=str(merged.get("inbox_url") or f"sqlite:///{data_dir / 'inbox.db'}"),
        data_dir=data_dir,
        host=str(merged["host"]),
        port=int(merged["port"]),
        path=path,
        ticto_tokens=tuple(merged.get("ticto_tokens") or ()),
        max_body_bytes=int(merged["max_body_bytes"]),
        retention_days=int(merged["retention_days"]),
        target_config=Path(target_config).expanduser() if target_config else None,
        apply_every_seconds=merged.get("apply_every_seconds"),
        panel=bool(merged["panel"]),
        panel_password=merged.get("panel_password"),
    )
