"""The target: settings, command line, and the way from Singer messages to a run."""

from __future__ import annotations

import fnmatch
import signal
import sys
import threading
import traceback
from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NoReturn

import click
from singer_sdk import Target
from singer_sdk.exceptions import (
    ConfigValidationError,
    RecordsWithoutSchemaException,
    StreamMapConfigError,
)
from singer_sdk.helpers.capabilities import (
    PluginCapabilities,
    TargetCapabilities,
)
from typing_extensions import override

from tap_activecampaign.api import ActiveCampaignError
from tap_activecampaign.api.command_line import PluginCommandLine
from target_activecampaign.account.accounts import accounts_for, resolve_names
from target_activecampaign.delivery.router import Delivery
from target_activecampaign.errors import TargetError
from target_activecampaign.events.ledger import Ledger
from target_activecampaign.run.check import check
from target_activecampaign.run.dry_run import DryRun
from target_activecampaign.run.pipeline import Run
from target_activecampaign.run.rejects import FILE_NAME, RejectFile
from target_activecampaign.segmentation import hints_of, load_rule_sets
from target_activecampaign.settings import (
    PACKAGE_NAME,
    data_dir,
    ledger_url,
    prepare_data_dir,
    secrets_in,
    settings_schema,
)
from target_activecampaign.singer.reader import OrderReader
from target_activecampaign.singer.sinks import IgnoredSink, OrderSink
from target_activecampaign.ticto.records import Intake, zone_of

if TYPE_CHECKING:
    from types import FrameType

    from singer_sdk import Sink
    from singer_sdk.helpers.capabilities import CapabilitiesEnum

    from target_activecampaign.segmentation import Rule, RuleSet

_EXIT_FAILED = 1
# A shell's convention for a program that a signal has ended.
_EXIT_SIGNALLED = 128
# The SDK's settings that mean something here.
_BUILT_IN_SETTINGS = ("stream_maps", "stream_map_config", "faker_config", "validate_records")


class TargetActiveCampaign(PluginCommandLine, Target):
    """Consumes Ticto orders and puts their buyers on ActiveCampaign lists and tags."""

    name = "target-activecampaign"
    package_name = PACKAGE_NAME
    config_jsonschema = settings_schema()
    capabilities: list[CapabilitiesEnum] = [  # type: ignore[misc] # noqa: RUF012 - as in the SDK
        PluginCapabilities.ABOUT,
        PluginCapabilities.STREAM_MAPS,
        PluginCapabilities.STRUCTURED_LOGGING,
        TargetCapabilities.VALIDATE_RECORDS,
    ]
    message_reader_class = OrderReader
    default_sink_class = OrderSink

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.max_parallelism = 1
        if isinstance(self.message_reader, OrderReader):
            self.message_reader.on_state = self._add_state
            self.message_reader.on_wait = self._drain_if_due
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, self._stop)

    def _add_state(self, value: Any) -> None:
        self.receiver.add_state(value)

    def _drain_if_due(self) -> float | None:
        return self.receiver.drain_if_due() if isinstance(self.receiver, Run) else None

    @classmethod
    @override
    def append_builtin_config(cls, config_jsonschema: dict[str, Any]) -> None:
        offered: dict[str, Any] = {"properties": {}}
        super().append_builtin_config(offered)
        for name in _BUILT_IN_SETTINGS:
            if name in offered["properties"]:
                config_jsonschema["properties"].setdefault(name, offered["properties"][name])

    @override
    def get_sink_class(self, stream_name: str) -> type[Sink]:
        patterns = self.config.get("order_streams") or ["*"]
        is_wanted = any(fnmatch.fnmatchcase(stream_name, pattern) for pattern in patterns)
        return OrderSink if is_wanted else IgnoredSink

    @cached_property
    def receiver(self) -> Run | DryRun:
        """Where records go. Everything that can be wrong with rules or ledger is found here."""
        return self._dry_run() if self.config.get("dry_run") else self._run()

    @override
    def process_endofpipe(self) -> None:
        super().process_endofpipe()
        self.receiver.finish()

    def close(self) -> None:
        """Tell what became of the orders, and close the ledger."""
        if "receiver" in self.__dict__:
            self.receiver.summary.log()
        if "_ledger" in self.__dict__:
            self._ledger.close()

    @cached_property
    def _ledger(self) -> Ledger:
        return Ledger(
            ledger_url(self.config),
            lock_dir=data_dir(self.config),
            read_only=bool(self.config.get("dry_run")),
        )

    def _rule_sets(self) -> tuple[RuleSet, ...]:
        rule_sets = load_rule_sets(self.config)
        for hint in hints_of(rule_sets):
            self.logger.warning("%s", hint)
        return rule_sets

    def _run(self) -> Run:
        zone = zone_of(self.config)
        rule_sets = self._rule_sets()
        if not rule_sets:
            self.logger.warning("There are no active rules; every order will be ignored.")
        accounts = accounts_for(rule_sets, self.config)
        folder = data_dir(self.config)
        prepare_data_dir(folder)
        self._ledger.forget_older_than(int(self.config.get("ledger_retention_days") or 400))
        resolve_names(accounts)
        return Run(
            intake=Intake.from_config(self.config),
            accounts=accounts,
            delivery=Delivery(
                self._ledger,
                mode=self.config.get("delivery") or "auto",
                exclude_automations=bool(self.config.get("exclude_automations")),
            ),
            ledger=self._ledger,
            rejects=RejectFile(folder / FILE_NAME, self.config.get("ticto_token")),
            zone=zone,
        )

    def _dry_run(self) -> DryRun:
        rule_sets = self._rule_sets()
        rules: dict[str, tuple[Rule, ...]] = {}
        if all(rule_set.api_url and rule_set.api_token for rule_set in rule_sets):
            accounts = accounts_for(rule_sets, self.config)
            resolve_names(accounts)
            rules = {account.ledger_name: account.rules for account in accounts}
        else:
            self.logger.warning(
                "No account is set, so the names of lists, fields and automations are not checked."
            )
            for rule_set in rule_sets:
                account = rule_set.api_url or ""
                rules[account] = (*rules.get(account, ()), *rule_set.rules)
        return DryRun(intake=Intake.from_config(self.config), rules=rules, ledger=self._ledger)

    def _stop(self, number: int, frame: FrameType | None) -> NoReturn:
        """End the run where it stands; the ledger completes it, state tells what is done."""
        del frame
        self.logger.warning("Stopped by signal %d. What was done is in the state.", number)
        sys.exit(_EXIT_SIGNALLED + number)

    # --- command line ---------------------------------------------------------------------------

    @classmethod
    @override
    def get_singer_command(cls) -> click.Command:
        command = super().get_singer_command()
        command.help = cls.__doc__
        command.params.append(
            click.Option(
                ["--check", "is_check"],
                is_flag=True,
                help="Test the connection and every rule; exit 0 if all is well, else 1.",
            )
        )
        for param in command.params:
            if param.name == "file_input" and isinstance(param, click.Option):
                param.type = click.File("rb")
        return command

    @classmethod
    @override
    def invoke(  # type: ignore[override]
        cls,
        *,
        about: bool = False,
        about_format: str | None = None,
        config: Any = None,
        file_input: IO[Any] | None = None,
        is_check: bool = False,
    ) -> None:
        if about:
            cls.print_about(about_format)
            return
        values = dict(config.config) if config is not None else {}
        secrets = secrets_in(values)
        try:
            target = cls(
                config=values,
                validate_config=True,
                parse_env_config=config.parse_env if config is not None else False,
            )
            secrets |= secrets_in(target.config)
            if is_check:
                sys.exit(cls._print_check(target))
            target.listen_and_close(file_input)
        except ConfigValidationError as error:
            cls._fail([f"Setting: {fault}" for fault in error.errors], secrets)
        except (TargetError, ActiveCampaignError, RecordsWithoutSchemaException) as error:
            cls._fail([str(error)], secrets)
        except StreamMapConfigError as error:
            cls._fail([f"Setting stream_maps: {error}"], secrets)
        except Exception as error:  # noqa: BLE001 - its text may quote an order
            cls._fail([_unexpected(error)], secrets)
        if target.config.get("on_reject") == "fail" and target.receiver.summary["rejected"]:
            cls._fail(["There were rejects; see rejects.jsonl in data_dir."], secrets)

    def listen_and_close(self, file_input: IO[Any] | None) -> None:
        """Check everything that can be checked before the first record, then read to the end."""
        try:
            _ = self.receiver
            self.listen(file_input)
        finally:
            self.close()

    @classmethod
    def _print_check(cls, target: TargetActiveCampaign) -> int:
        is_well = True
        for is_good, sentence in check(target.config):
            is_well = is_well and is_good
            click.echo(f"{'ok   ' if is_good else 'FAULT'} {sentence}")
        return 0 if is_well else _EXIT_FAILED

    @classmethod
    def _fail(cls, sentences: list[str], secrets: frozenset[str]) -> NoReturn:
        for sentence in sentences:
            shown = sentence
            for secret in secrets:
                shown = shown.replace(secret, "***")
            cls.logger.error("%s", shown)
        sys.exit(_EXIT_FAILED)


def _unexpected(error: Exception) -> str:
    """Tell where an error came up, without its text and without the values at hand."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else "nowhere"
    return (
        f"An unexpected {type(error).__name__} ended the run ({place}). What was done is in the "
        f"state; please report this."
    )
