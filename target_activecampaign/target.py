"""The target: settings, command line, and the way from Singer messages to a run."""

from __future__ import annotations

import fnmatch
import signal
import sys
import threading
import traceback
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NoReturn

import click
from singer_sdk.exceptions import RecordsWithoutSchemaException
from singer_sdk.helpers.capabilities import (
    PluginCapabilities,
    TargetCapabilities,
)
from typing_extensions import override

from tap_activecampaign.api.command_line import PluginCommandLine
from target_activecampaign.account.accounts import accounts_for, resolve_names
from target_activecampaign.delivery.imports import Imports
from target_activecampaign.delivery.router import DeliveryRouter
from target_activecampaign.errors import RejectedOrdersError, TargetError
from target_activecampaign.events.ledger import Ledger
from target_activecampaign.events.trial import TrialAccount
from target_activecampaign.run.check import check
from target_activecampaign.run.dry_run import DryRun
from target_activecampaign.run.limits import RunLimits
from target_activecampaign.run.pipeline import Run
from target_activecampaign.run.rejects import FILE_NAME, RejectFile
from target_activecampaign.segmentation import hints_of, load_rule_sets
from target_activecampaign.settings import (
    PACKAGE_NAME,
    data_dir,
    ledger_url,
    prepare_data_dir,
    settings_schema,
)
from target_activecampaign.singer.reader import OrderReader
from target_activecampaign.singer.sinks import IgnoredSink, OrderSink, OrderTarget
from target_activecampaign.ticto.records import RecordReader, zone_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

    from singer_sdk import Sink
    from singer_sdk.helpers.capabilities import CapabilitiesEnum

    from target_activecampaign.account.accounts import Account
    from target_activecampaign.segmentation import Rule, RuleSet

_EXIT_FAILED = 1
# A shell's convention for a program that a signal has ended.
_EXIT_SIGNALLED = 128
# The SDK's settings that mean something here.
_BUILT_IN_SETTINGS = ("stream_maps", "stream_map_config", "faker_config", "validate_records")


class TargetActiveCampaign(PluginCommandLine, OrderTarget):
    """Consumes Ticto orders and puts their buyers on ActiveCampaign lists and tags."""

    # `--about` shows the lines above. STATE does not go through the SDK, which writes it before the
    # orders of this target are applied: the message reader hands it to the run.

    name = "target-activecampaign"
    package_name = PACKAGE_NAME
    config_jsonschema = settings_schema()
    capabilities: list[CapabilitiesEnum] = [  # type: ignore[misc] # noqa: RUF012 - as in the SDK
        PluginCapabilities.ABOUT,
        PluginCapabilities.STREAM_MAPS,
        PluginCapabilities.STRUCTURED_LOGGING,
        TargetCapabilities.VALIDATE_RECORDS,
    ]
    default_sink_class = OrderSink
    # How much waits, and for how long.
    limits = RunLimits()

    def __init__(self, **arguments: Any) -> None:
        self._consumer: Run | DryRun | None = None
        self._ledger: Ledger | None = None
        reader = OrderReader(on_state=self._add_state, on_wait=self._drain_if_due)
        super().__init__(message_reader=reader, **arguments)
        self.max_parallelism = 1
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, self._stop)

    def _add_state(self, value: Any) -> None:
        self.consumer.add_state(value)

    def _drain_if_due(self) -> float | None:
        return self.consumer.drain_if_due()

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

    @property
    @override
    def consumer(self) -> Run | DryRun:
        """Where records go. Everything that can be wrong with rules or ledger is found here."""
        if self._consumer is None:
            self._consumer = self._dry_run() if self.config.get("dry_run") else self._run()
        return self._consumer

    @override
    def process_endofpipe(self) -> None:
        super().process_endofpipe()
        self.consumer.drain()

    def close(self) -> None:
        """Tell what became of the orders, and close the ledger."""
        if self._consumer is not None:
            self._consumer.summary.log()
        if self._ledger is not None:
            self._ledger.close()

    def _opened_ledger(self) -> Ledger:
        self._ledger = Ledger(
            ledger_url(self.config),
            lock_dir=data_dir(self.config),
            read_only=bool(self.config.get("dry_run")),
        )
        return self._ledger

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
        ledger = self._opened_ledger()
        ledger.forget_older_than(int(self.config.get("ledger_retention_days") or 400))
        resolve_names(accounts)
        return Run(
            reader=RecordReader.from_config(self.config),
            accounts=accounts,
            router=DeliveryRouter(
                ledger, self._imports_for, zone, mode=self.config.get("delivery") or "auto"
            ),
            ledger=ledger,
            rejects=RejectFile(folder / FILE_NAME, self.config.get("ticto_token")),
            limits=self.limits,
        )

    def _imports_for(self, account: Account) -> Imports:
        return Imports(
            account.session,
            exclude_automations=bool(self.config.get("exclude_automations")),
            longest_seconds=self.limits.longest_import_seconds,
            most_contacts=self.limits.most_contacts_per_import,
        )

    def _dry_run(self) -> DryRun:
        zone = zone_of(self.config)
        rule_sets = self._rule_sets()
        accounts: list[TrialAccount] = []
        if all(rule_set.api_url and rule_set.api_token for rule_set in rule_sets):
            real = accounts_for(rule_sets, self.config)
            resolve_names(real)
            accounts.extend(
                TrialAccount(one.rules, one.account_key, one.base_url, one.ids) for one in real
            )
        else:
            self.logger.warning(
                "No account is set, so the names of lists, fields and automations are not checked."
            )
            rules: dict[str, tuple[Rule, ...]] = {}
            for rule_set in rule_sets:
                url = rule_set.api_url or ""
                rules[url] = (*rules.get(url, ()), *rule_set.rules)
            accounts.extend(TrialAccount(joined, url, url) for url, joined in rules.items())
        return DryRun(
            reader=RecordReader.from_config(self.config),
            accounts=accounts,
            ledger=self._opened_ledger(),
            zone=zone,
            limits=self.limits,
        )

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
        target = cls(
            config=dict(config.config) if config is not None else {},
            parse_env_config=config.parse_env if config is not None else False,
        )
        if is_check:
            sys.exit(target.print_check())
        target.listen_and_close(file_input)

    def listen_and_close(self, file_input: IO[Any] | None) -> None:
        """Check everything that can be checked before the first record, then read to the end.

        Raises:
            RejectedOrdersError: At the end, if there were rejects and `on_reject` is ``fail``.
        """
        try:
            summary = self.consumer.summary
            self.listen(file_input)
        finally:
            self.close()
        if self.config.get("on_reject") == "fail" and summary["rejected"]:
            raise RejectedOrdersError("There were rejects; see rejects.jsonl in data_dir.")

    def print_check(self) -> int:
        """Test the connection and the rules; returns the exit status."""
        is_well = True
        for is_good, sentence in check(self.config):
            is_well = is_well and is_good
            click.echo(f"{'ok   ' if is_good else 'FAULT'} {sentence}")
        return 0 if is_well else _EXIT_FAILED

    @classmethod
    @override
    def sentences_for(cls, error: Exception) -> Sequence[str]:
        if isinstance(error, TargetError | RecordsWithoutSchemaException):
            return [str(error)]
        # The text of any other error may quote an order.
        return super().sentences_for(error) or [_unexpected(error)]


def _unexpected(error: Exception) -> str:
    """Tell where an error came up, without its text and without the values at hand."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else "nowhere"
    return (
        f"An unexpected {type(error).__name__} ended the run ({place}). What was done is in the "
        f"state; please report this."
    )
