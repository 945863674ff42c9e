"""The tap as a process, and what came out of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tap_activecampaign.tap import TapActiveCampaign
from tests.reliability.bad_days import TIMEOUT_SECONDS, BadDay, Verdict
from tests.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

ROOT = Path(__file__).resolve().parents[2]
UNUSED = {"api_url": "https://example.com", "api_token": "unused"}
# One stream at least of each way of reading: by id, by offset, beside others, numbered pages,
# GraphQL, a request per parent, and one answer.
MANY_SHAPES = (
    "account_settings",
    "audiences",
    "contact_custom_field_options",
    "contact_custom_fields",
    "contact_tags",
    "contacts",
    "custom_object_records",
    "deals",
    "ecommerce_products",
    "lists",
    "tags",
)


@dataclass(frozen=True)
class TapRun:
    """How a process of the tap ended.

    Attributes:
        status: exit status.
        out: standard output.
        err: standard error.
    """

    status: int
    out: str
    err: str

    @property
    def messages(self) -> Iterator[dict[str, Any]]:
        return (json.loads(line) for line in self.out.splitlines())

    @property
    def rows(self) -> Counter[str]:
        """Each record with its stream, and how often it came."""
        return Counter(
            json.dumps([message["stream"], message["record"]], sort_keys=True)
            for message in self.messages
            if message["type"] == "RECORD"
        )

    @property
    def keys(self) -> Counter[tuple[str, str]]:
        """Stream and primary key of each record, and how often it came."""
        keys_of = {
            message["stream"]: message["key_properties"]
            for message in self.messages
            if message["type"] == "SCHEMA"
        }
        return Counter(
            (
                message["stream"],
                json.dumps([message["record"][key] for key in keys_of[message["stream"]]]),
            )
            for message in self.messages
            if message["type"] == "RECORD"
        )

    @property
    def last_state(self) -> dict[str, Any]:
        return self.states[-1] if self.states else {}

    @property
    def states(self) -> list[dict[str, Any]]:
        return [message["value"] for message in self.messages if message["type"] == "STATE"]


@cache
def _whole_catalog() -> str:
    tap = TapActiveCampaign(config=UNUSED, validate_config=False)
    return json.dumps(tap.catalog_dict)


def catalog(streams: Collection[str] | None) -> dict[str, Any]:
    """Return the catalog with only these streams selected; None leaves the tap's own choice."""
    whole: dict[str, Any] = json.loads(_whole_catalog())
    for entry in whole["streams"] if streams is not None else ():
        for metadata in entry["metadata"]:
            if not metadata["breadcrumb"]:
                metadata["metadata"]["selected"] = entry["tap_stream_id"] in (streams or ())
    return whole


def settings(sandbox: Sandbox, **more: Any) -> dict[str, Any]:
    """Return the tap's settings for a sandbox."""
    return {
        "api_url": sandbox.url,
        "api_token": sandbox.token,
        "requests_per_second": 100,
        "page_size": 20,
        **more,
    }


def run_files(folder: Path, *arguments: str, **env: str) -> TapRun:
    """Run the tap with these arguments."""
    done = subprocess.run(
        [sys.executable, "-m", "tap_activecampaign", *arguments],
        capture_output=True,
        cwd=ROOT,
        env={**os.environ, "HOME": str(folder), **env},
        timeout=120,
        check=False,
    )
    return TapRun(done.returncode, done.stdout.decode(), done.stderr.decode())


def run_tap(
    config: dict[str, Any],
    folder: Path,
    *,
    streams: Collection[str] | None = MANY_SHAPES,
    state: dict[str, Any] | None = None,
    env: dict[str, str] | None = None,
) -> TapRun:
    """Run the tap as a process."""
    arguments = []
    given = {"config": config, "catalog": catalog(streams), "state": state}
    for name, content in given.items():
        if content is not None:
            path = folder / f"{name}-{os.urandom(4).hex()}.json"
            path.write_text(json.dumps(content), encoding="utf-8")
            arguments += [f"--{name}", str(path)]
    done = run_files(folder, *arguments, **(env or {}))
    # Some rows name the account, whose port differs from run to run.
    return replace(done, out=done.out.replace(str(config["api_url"]), UNUSED["api_url"]))


def bookmarks(state: dict[str, Any]) -> dict[str, Any]:
    """Return the bookmark of each stream."""
    return {
        stream: kept["replication_key_value"]
        for stream, kept in deepcopy(state).get("bookmarks", {}).items()
        if "replication_key_value" in kept
    }


def new_sandbox() -> Sandbox:
    """Return an account that is the same each time."""
    return Sandbox(contacts=120, requests_per_second=None)


def good_day(folder: Path, *, streams: Collection[str] | None = MANY_SHAPES) -> TapRun:
    """Return what the tap reads from an undisturbed account."""
    with new_sandbox() as calm:
        done = run_tap(settings(calm), folder, streams=streams)
        assert done.status == 0, done.err
        return done


def bad_day(
    day: BadDay, folder: Path, good: TapRun, *, streams: Collection[str] | None = MANY_SHAPES
) -> Verdict:
    """Run the tap on a bad day, and compare with a good one."""
    timeout = {"request_timeout_seconds": TIMEOUT_SECONDS} if "timeout" in day.kinds else {}
    with new_sandbox() as sandbox:
        day.arrange(sandbox.faults)
        done = run_tap(settings(sandbox, **timeout), folder, streams=streams)
        wanted, found = good.rows, done.rows
        return Verdict(
            faults=sandbox.faults.count,
            requests=len(sandbox.requests),
            arrived=found.total(),
            lost=(wanted - found).total(),
            doubled=(found - wanted).total(),
            status=done.status,
            has_final_state=bookmarks(done.last_state) == bookmarks(good.last_state),
            err=done.err,
        )
