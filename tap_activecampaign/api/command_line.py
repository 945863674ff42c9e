"""What both plugins' command lines say when a file cannot be read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NoReturn

import click
from singer_sdk.plugin_base import PluginBase
from typing_extensions import override

from tap_activecampaign.api.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Sequence


class ReadableConfig(PluginBase):
    """A plugin that answers an unreadable configuration with a sentence."""

    @classmethod
    @override
    def cb_config(cls, ctx: click.Context, param: click.Option, value: tuple[str, ...]) -> Any:
        for path in value:
            if path != "ENV":
                _check_readable(Path(path))
        return super().cb_config(ctx, param, value)


def _check_readable(path: Path) -> None:
    try:
        config = _parsed(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise click.ClickException(
            f"The configuration {path} cannot be read: {error.strerror}."
        ) from None
    except (ValueError, RecursionError):
        raise click.ClickException(f"The configuration {path} is not JSON.") from None
    if not isinstance(config, dict):
        raise click.ClickException(f"The configuration {path} is not a JSON object.")


def _parsed(text: str) -> Any:
    return json.loads(text, parse_constant=_no_number)


def _no_number(name: str) -> NoReturn:
    """Refuse ``NaN`` and ``Infinity``, which Python reads and JSON does not have."""
    raise ValueError(f"{name} is not JSON")


def json_file(
    what: str, file: IO[str] | None, *, holds: Sequence[str] = ()
) -> dict[str, Any] | None:
    """Read a file given on the command line, which must hold a JSON object.

    Args:
        what: What the file is, for the sentence.
        file: The open file, or None if there is none.
        holds: Keys that must be there.

    Returns:
        The object, or None if there is no file.

    Raises:
        SettingsError: If it holds something else.
    """
    if file is None:
        return None
    try:
        content = _parsed(file.read())
    except (ValueError, RecursionError):
        raise SettingsError(f"The {what} file is not JSON") from None
    if not isinstance(content, dict) or any(key not in content for key in holds):
        raise SettingsError(f"The {what} file is not what a tap writes as {what}")
    return content
