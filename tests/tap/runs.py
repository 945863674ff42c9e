"""Runs of the tap against a sandbox, in this process."""

from __future__ import annotations

import functools
import io
import logging
import sys
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from tap_activecampaign.api import ApiSession, ApiSettings
from tap_activecampaign.tap import TapActiveCampaign

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

Record = dict[str, Any]


class Account(Protocol):
    """Who answers."""

    @property
    def url(self) -> str:
        """Its address."""

    @property
    def token(self) -> str:
        """The key it accepts."""


@dataclass(repr=False)
class Output:
    """What a run wrote.

    Attributes:
        records: By stream.
        schemas: Of each stream, as emitted.
        keys: Key properties of each stream, as emitted.
        state: The last state.
        log: Level and text of each line logged by the tap and its streams.
        failures: Why streams failed.
    """

    records: dict[str, list[Record]] = field(default_factory=dict)
    schemas: dict[str, dict[str, Any]] = field(default_factory=dict)
    keys: dict[str, list[str]] = field(default_factory=dict)
    state: dict[str, Any] = field(default_factory=dict)
    log: list[tuple[str, str]] = field(default_factory=list)
    failures: dict[str, Exception] = field(default_factory=dict)

    def logged(self, part: str, *, level: str | None = None) -> list[str]:
        """Return the lines that contain a text."""
        return [text for name, text in self.log if part in text and level in {None, name}]

    def misfits(self) -> set[tuple[str, str]]:
        """Return the stream and property of each reported misfit."""
        return {_quoted(text) for text in self.logged("does not fit its type")}

    def unknown(self) -> list[tuple[str, str]]:
        """Return the stream and property of each unknown property, as often as reported."""
        return [_quoted(text) for text in self.logged("does not know and leaves out")]


def _quoted(text: str) -> tuple[str, str]:
    _, stream, _, name, *_ = text.split("'")
    return stream, name


def config_of(sandbox: Account, **settings: Any) -> dict[str, Any]:
    """Return the tap's settings for a sandbox."""
    return {"api_url": sandbox.url, "api_token": sandbox.token, **settings}


def catalog_of(config: dict[str, Any], select: Collection[str] | None = None) -> dict[str, Any]:
    """Return a catalog that selects some streams; all of them, opt-in ones included, for None."""
    custom_fields = config.get("custom_fields", "rows")
    catalog: dict[str, Any] = msgspec.json.decode(
        _discovered(config) if custom_fields == "columns" else _static_catalog(custom_fields)
    )
    for entry in catalog["streams"]:
        for metadata in entry["metadata"]:
            if not metadata["breadcrumb"]:
                chosen = select is None or entry["tap_stream_id"] in select
                metadata["metadata"]["selected"] = chosen
    return catalog


def _discovered(config: dict[str, Any]) -> bytes:
    return msgspec.json.encode(TapActiveCampaign(config=config).catalog_dict)


@functools.cache
def _static_catalog(custom_fields: str) -> bytes:
    """Return the catalog that depends on no account; it takes a while to make."""
    return _discovered(
        {"api_url": "http://127.0.0.1", "api_token": "none", "custom_fields": custom_fields}
    )


def open_tap(
    sandbox: Account,
    select: Collection[str] | None = None,
    *,
    state: dict[str, Any] | None = None,
    max_retries: int = 8,
    sideload: str = "off",
    metadata: Mapping[str, dict[str, Any]] | None = None,
    catalog: dict[str, Any] | None = None,
    **settings: Any,
) -> TapActiveCampaign:
    """Return a tap that reads a sandbox faster than an account would permit.

    Args:
        sandbox: The account.
        select: Names of the streams to read; None for all of them, opt-in ones included.
        state: The state to start from.
        max_retries: Repetitions of one request.
        sideload: The setting. Off, so that each stream is read by the path that a test is about.
        metadata: What the user chose in the metadata of streams.
        catalog: An earlier catalog; None discovers one.
        **settings: Further settings of the tap.
    """
    config = config_of(sandbox, sideload=sideload, **settings)
    catalog = catalog or catalog_of(config, select)
    for entry in catalog["streams"]:
        chosen = (metadata or {}).get(entry["tap_stream_id"], {})
        next(one for one in entry["metadata"] if not one["breadcrumb"])["metadata"].update(chosen)
    fast = ApiSettings(
        base_url=f"{sandbox.url}/api/3/",
        api_token=config["api_token"],
        user_agent="tests",
        requests_per_second=1e6,
        max_retries=max_retries,
        request_timeout_seconds=10,
    )
    return TapActiveCampaign(
        config=config,
        # As programs hand it in, who read it from a file.
        catalog=msgspec.json.decode(msgspec.json.encode(catalog)),
        state=state or {},
        open_session=lambda on_response: ApiSession(fast, on_response=on_response),
    )


def sync(
    sandbox: Account,
    select: Collection[str] | None = None,
    *,
    failures_expected: bool = False,
    **options: Any,
) -> Output:
    """Run the tap and return what it wrote. See `open_tap`.

    Args:
        sandbox: The account.
        select: Names of the streams to read.
        failures_expected: Whether streams may fail; otherwise why the first one did is raised.
        **options: As for `open_tap`.
    """
    output = Output()
    with _logged(output.log):
        tap = open_tap(sandbox, select, **options)
        written = io.BytesIO()
        try:
            with redirect_stdout(io.TextIOWrapper(written, encoding="utf-8")) as stdout:
                tap.sync_all()
            output.failures = dict(tap.failures.errors)
            for error in () if failures_expected else output.failures.values():
                raise error
        finally:
            tap.close()
            stdout.flush()
            _read(output, written.getvalue())
    return output


def _read(output: Output, text: bytes) -> None:
    for line in text.splitlines():
        message = msgspec.json.decode(line)
        kind = message["type"]
        if kind == "SCHEMA":
            output.schemas[message["stream"]] = message["schema"]
            output.keys[message["stream"]] = message["key_properties"]
            output.records.setdefault(message["stream"], [])
        elif kind == "RECORD":
            output.records[message["stream"]].append(message["record"])
        elif kind == "STATE":
            output.state = message["value"]


class _Keeper(logging.Handler):
    def __init__(self, log: list[tuple[str, str]]) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        self._log.append((record.levelname, record.getMessage()))


@contextmanager
def _logged(log: list[tuple[str, str]]) -> Iterator[None]:
    keeper = _Keeper(log)
    root = logging.getLogger()
    level = root.level
    root.addHandler(keeper)
    root.setLevel(logging.INFO)
    try:
        yield
    finally:
        root.removeHandler(keeper)
        root.setLevel(level)
        sys.stdout.flush()
