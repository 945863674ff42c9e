"""The command line of both plugins: whatever goes wrong is answered in one sentence."""

from __future__ import annotations

import json
import os
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, Any, NoReturn

import click
from singer_sdk.exceptions import (
    ConfigValidationError,
    MapExpressionError,
    StreamMapConfigError,
)
from singer_sdk.plugin_base import PluginBase, SingerCommand
from typing_extensions import override

from tap_activecampaign.api.errors import ActiveCampaignError, SettingsError
from tap_activecampaign.api.redaction import secret_values, without_secrets

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_EXIT_FAILED = 1
# What click itself turns into a message or an exit status.
_CLICK_ANSWERS = (click.ClickException, click.exceptions.Exit, click.Abort)


class PluginCommandLine(PluginBase):
    """A plugin whose command line answers foreseen errors in one sentence each."""

    @classmethod
    @override
    def get_singer_command(cls) -> click.Command:
        return OneSentenceCommand(super().get_singer_command(), cls)

    @classmethod
    def sentences_for(cls, error: Exception) -> Sequence[str]:
        """Return what the user is told about an error.

        Args:
            error: Whatever ended the program.

        Returns:
            The sentences; none for a defect of ours, which is shown with its traceback.
        """
        if isinstance(error, ConfigValidationError):
            return [f"The settings are not valid: {'; '.join(error.errors)}"]
        if isinstance(error, (MapExpressionError, StreamMapConfigError)):
            return [f"The setting stream_maps cannot be used: {error}"]
        return [str(error)] if isinstance(error, ActiveCampaignError) else []

    @classmethod
    def secret_settings(cls) -> frozenset[str]:
        """Return the names of the settings that may never be printed."""
        return frozenset(_secret_names(cls.config_jsonschema))

    @classmethod
    @override
    def cb_config(cls, ctx: click.Context, param: click.Option, value: tuple[str, ...]) -> Any:
        with ExitStack() as kept:
            paths = [path if path == "ENV" else _checked_settings(path, kept) for path in value]
            return super().cb_config(ctx, param, tuple(paths))


class OneSentenceCommand(SingerCommand):
    """A command that ends with one sentence and status 1 where its plugin foresees an error.

    The SDK's own command answers faulty settings in several lines that quote their values, and
    everything else with a traceback.

    Args:
        command: The command as the SDK builds it.
        plugin: Tells what to say.
    """

    def __init__(self, command: click.Command, plugin: type[PluginCommandLine]) -> None:
        callback = command.callback

        def answered(**arguments: Any) -> Any:
            # Below the SDK's handling of errors, not above it.
            with self._one_sentence(click.get_current_context()):
                return callback(**arguments) if callback is not None else None

        super().__init__(
            name=command.name,
            callback=answered,
            params=command.params,
            help=command.help,
            context_settings=command.context_settings,
            logger=plugin.logger,
        )
        self._plugin = plugin

    @override
    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        # `--discover` and `--test` do their work while the options are read.
        with self._one_sentence(ctx):
            return super().parse_args(ctx, args)

    @contextmanager
    def _one_sentence(self, ctx: click.Context) -> Iterator[None]:
        try:
            yield
        except _CLICK_ANSWERS:
            raise
        except Exception as error:
            sentences = self._plugin.sentences_for(error)
            if not sentences:
                raise
            self._fail(sentences, self._secrets(ctx))

    def _fail(self, sentences: Sequence[str], secrets: frozenset[str]) -> NoReturn:
        for sentence in sentences:
            self.logger.critical("%s.", without_secrets(sentence, secrets).rstrip("."))
        try:
            sys.stdout.flush()
        except OSError:
            # What is left cannot be written, and the interpreter would try again.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(_EXIT_FAILED)

    def _secrets(self, ctx: click.Context) -> frozenset[str]:
        """Return the secrets of the settings as given, valid or not."""
        given = ctx.params.get("config")
        if given is None:
            return frozenset()
        prefix = f"{self._plugin.name.replace('-', '_')}_".upper()
        settings = self._plugin.config_jsonschema["properties"]
        texts = {name: os.environ.get(prefix + name.upper()) for name in settings}
        environment = {name: _value(text) for name, text in texts.items() if text is not None}
        return secret_values([given.config, environment], self._plugin.secret_settings())


def _secret_names(schema: Any) -> Iterator[str]:
    """Yield the names of the secret properties of a JSON schema, nested ones included."""
    if isinstance(schema, list):
        for member in schema:
            yield from _secret_names(member)
    elif isinstance(schema, dict):
        for name, member in schema.items():
            if isinstance(member, dict) and member.get("secret") is True:
                yield name
            yield from _secret_names(member)


def _value(text: str) -> Any:
    """Return the value of an environment variable: lists and objects are written as JSON."""
    try:
        return _parsed(text) if text.lstrip().startswith(("[", "{")) else text
    except (ValueError, RecursionError):
        return text


def _checked_settings(path: str, kept: ExitStack) -> str:
    """Return where the settings of a file can be read, once it is known that they can.

    Args:
        path: The file, or a pipe such as ``<(command)`` of a shell, which can be read only once.
        kept: Keeps what came from a pipe, in a file without a name.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
        config = _parsed(text)
    except OSError as error:
        raise click.ClickException(
            f"The configuration {path} cannot be read: {error.strerror}."
        ) from None
    except (ValueError, RecursionError):
        raise click.ClickException(f"The configuration {path} is not JSON.") from None
    if not isinstance(config, dict):
        raise click.ClickException(f"The configuration {path} is not a JSON object.")
    if Path(path).is_file():
        return path
    again = kept.enter_context(TemporaryFile())  # noqa: SIM115 - the stack closes it
    again.write(text.encode())
    again.seek(0)
    return f"/dev/fd/{again.fileno()}"


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
