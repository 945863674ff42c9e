"""Orders, settings and ways to run the target, for the tests of this folder."""

from __future__ import annotations

import copy
import functools
import io
import json
import os
import signal
import subprocess
import sys
import threading
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from target_activecampaign.delivery.imports import Imports
from target_activecampaign.target import TargetActiveCampaign
from tests.sandbox.control import contact_summary

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pytest

    from target_activecampaign.run.limits import RunLimits
    from target_activecampaign.run.summary import Summary
    from tests.sandbox import Sandbox

ORDERS = Path(__file__).parent / "orders"
ROOT = Path(__file__).parents[2]
SCHEMA = {"type": "SCHEMA", "stream": "orders", "schema": {"properties": {}}, "key_properties": []}
STATE = {"type": "STATE", "value": {"bookmarks": {"orders": {"line": 7}}}}


def body(name: str) -> dict[str, Any]:
    """Return one of the sample bodies."""
    found: dict[str, Any] = json.loads((ORDERS / f"{name}.json").read_text(encoding="utf-8"))
    return found


def order(email: str = "ana@example.com", **changes: Any) -> dict[str, Any]:
    """Return a v2 postback; ``item__product_id=5`` changes a member of a section."""
    made = copy.deepcopy(body("v2_authorized"))
    made["customer"] |= {"email": email, "name": "Ana Exemplo Lima"}
    code = changes.pop("order_hash", f"TOC{zlib.crc32(email.encode()):08X}")
    made["order"] |= {"hash": code, "transaction_hash": changes.pop("transaction", f"T-{code}")}
    made["transaction"]["hash"] = made["order"]["transaction_hash"]
    for path, value in changes.items():
        *sections, key = path.split("__")
        place = made
        for section in sections:
            place = place[section]
        place[key] = value
    return made


def rule(title: str = "compra", **keys: Any) -> dict[str, Any]:
    """Return a rule that puts buyers on a list with two tags, changed by `keys`."""
    base = {"title": title, "event": "authorized", "list": "Alunos", "tags": "comprou_x;vip"}
    return {key: value for key, value in {**base, **keys}.items() if value is not None}


def settings(sandbox: Sandbox, folder: Path, *rules: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return the target's settings for a sandbox."""
    return {
        "api_url": sandbox.url,
        "api_token": sandbox.token,
        "requests_per_second": 100,
        "data_dir": str(folder / "data"),
        "segmentations": list(rules) or [rule()],
        **more,
    }


def messages(
    records: Iterable[dict[str, Any]], *, stream: str = "orders", state: bool = True
) -> bytes:
    """Return the Singer messages of a stream of records, with one state at the end."""
    lines: list[dict[str, Any]] = [{**SCHEMA, "stream": stream}]
    lines.extend({"type": "RECORD", "stream": stream, "record": record} for record in records)
    if state:
        lines.append(STATE)
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


def target_with(limits: RunLimits | None) -> type[TargetActiveCampaign]:
    """Return the target with bounds other than its own."""
    if limits is None:
        return TargetActiveCampaign
    return type("LimitedTarget", (TargetActiveCampaign,), {"limits": limits})


def wait_by_its_clock(account: Sandbox, patch: pytest.MonkeyPatch) -> None:
    """Let targets of this process wait for imports by moving the account's clock forward."""
    clock = account.account.clock
    imports = functools.partial(Imports, clock=clock.time, wait=clock.advance)
    patch.setattr("target_activecampaign.target.Imports", imports)


def deliver(
    config: dict[str, Any],
    records: Iterable[dict[str, Any]],
    *,
    limits: RunLimits | None = None,
) -> Summary:
    """Run the target in this process; returns its counts."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    target = target_with(limits)(config=copy.deepcopy(config))
    try:
        target.listen_and_close(io.BytesIO(messages(records)))
    finally:
        if threading.current_thread() is threading.main_thread():
            for number, handler in handlers.items():
                signal.signal(number, handler)
    return target.consumer.summary


@dataclass(frozen=True)
class Outcome:
    """How a process of the target ended."""

    status: int
    out: str
    err: str

    @property
    def states(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


def command(config: dict[str, Any], folder: Path, *arguments: str) -> list[str]:
    """Return the command line of the target, with its settings in a file."""
    path = folder / f"config-{os.urandom(4).hex()}.json"
    path.write_text(json.dumps(config), encoding="utf-8")
    return [sys.executable, "-m", "target_activecampaign", "--config", str(path), *arguments]


def run(
    config: dict[str, Any], folder: Path, given: bytes = b"", *arguments: str, **env: str
) -> Outcome:
    """Run the target as a process in a pipe."""
    done = subprocess.run(
        command(config, folder, *arguments),
        input=given,
        capture_output=True,
        cwd=ROOT,
        env={**os.environ, **env},
        timeout=60,
        check=False,
    )
    return Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())


def buyer(sandbox: Sandbox, email: str) -> dict[str, Any]:
    """Return a contact's lists by name, tags, fields and automations; empty if there is none."""
    try:
        return contact_summary(sandbox.account, email)
    except KeyError:
        return {}


def effects(sandbox: Sandbox, emails: Iterable[str]) -> dict[str, Any]:
    """Return what orders can change, for comparing accounts."""
    found = {}
    for email in emails:
        seen = buyer(sandbox, email)
        contact = seen.get("contact") or {}
        found[email] = (
            {key: contact.get(key) for key in ("firstName", "lastName", "phone")},
            seen.get("lists"),
            sorted(seen.get("tags", ())),
            seen.get("fields"),
            sorted(seen.get("automations", ())),
        )
    return found


def written(sandbox: Sandbox) -> list[str]:
    """Return the requests that write, as method and path."""
    return [f"{entry.method} {entry.path}" for entry in sandbox.requests if entry.method != "GET"]


def rejects(config: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the rejects of a data directory."""
    path = Path(config["data_dir"]) / "rejects.jsonl"
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
