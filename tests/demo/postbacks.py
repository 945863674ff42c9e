"""The third act: a postback comes in over HTTP and becomes a tagged contact."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import requests

from tests.demo.acts import DemoError, run_pipeline
from tests.demo.buyers import ORDERS, RULES, show, summaries
from tests.demo.meltano import ROOT, end_group

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.demo.meltano import Meltano
    from tests.sandbox import Sandbox

_BUYER = "new.buyer@example.com"
_TOKEN = "demo-token"
_START_SECONDS = 60


def receive(sandbox: Sandbox, meltano: Meltano) -> None:
    """Receive a postback on loopback, keep it, and apply it through Meltano.

    Raises:
        DemoError: If it is not kept, or its buyer is not tagged.
    """
    folder = meltano.folder / "inbox"
    folder.mkdir(parents=True)
    settings = {
        "TAP_TICTO_INBOX_URL": f"sqlite:///{folder / 'data' / 'inbox.db'}",
        "TARGET_ACTIVECAMPAIGN_API_URL": sandbox.url,
        "TARGET_ACTIVECAMPAIGN_API_TOKEN": sandbox.token,
        "TARGET_ACTIVECAMPAIGN_RULES_PATH": str(RULES),
        "TARGET_ACTIVECAMPAIGN_DATA_DIR": str(meltano.folder / "target"),
    }
    pipeline = ("tap-ticto", "target-activecampaign")
    before = summaries(sandbox, [_BUYER])
    with _receiver(folder) as address:
        print(f"\n$ curl --json @postback.json {address}")
        _post(address, _postback(), expected=200)
        _post(address, {**_postback(), "token": "a guess"}, expected=401)
        run_pipeline(sandbox, meltano, settings, *pipeline)
        after = summaries(sandbox, [_BUYER])
        show(before, after)
        if not (after[_BUYER] or {}).get("tags"):
            raise DemoError("the buyer of the postback was not tagged")
        print("\nTicto sends the same postback again:")
        _post(address, _postback(), expected=200)
        run_pipeline(sandbox, meltano, settings, *pipeline)
    if summaries(sandbox, [_BUYER]) != after:
        raise DemoError("a postback that came twice was applied twice")
    print("  Nothing changed: the ledger knew it.")


@contextmanager
def _receiver(folder: Path) -> Iterator[str]:
    """Run ticto-inbox and yield the address where postbacks come in."""
    config, log = folder / "inbox.json", folder / "inbox.log"
    values = {"data_dir": str(folder / "data"), "port": 0, "ticto_tokens": [_TOKEN]}
    config.write_text(json.dumps(values), encoding="utf-8")
    command = [sys.executable, "-m", "target_activecampaign.inbox", "serve"]
    with log.open("wb") as stderr:
        process = subprocess.Popen(
            [*command, "--config", str(config)],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stderr=stderr,
            start_new_session=True,
        )
    try:
        yield _address(process, log)
    finally:
        end_group(process)


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        _, _, found = log.read_text(encoding="utf-8").partition("Receiving postbacks on ")
        if "\n" in found:
            return found.splitlines()[0].rstrip(".")
        time.sleep(0.05)
    raise DemoError(f"ticto-inbox did not start: {log.read_text(encoding='utf-8')}")


def _post(address: str, body: dict[str, Any], *, expected: int) -> None:
    answer = requests.post(address, json=body, timeout=30)
    print(f"  {answer.status_code} {answer.text}")
    if answer.status_code != expected:
        raise DemoError(f"ticto-inbox answered {answer.status_code}, not {expected}")


def _postback() -> dict[str, Any]:
    """Return the body of a sale to a buyer of its own."""
    lines = ORDERS.read_text(encoding="utf-8").splitlines()
    sale = next(one for one in map(json.loads, lines) if one.get("status") == "authorized")
    code = {"hash": "TODEMO0001", "transaction_hash": "TPDEMO0001"}
    return {
        **sale,
        "token": _TOKEN,
        "order": {**sale["order"], **code},
        "transaction": {**sale["transaction"], "hash": "TPDEMO0001"},
        "customer": {**sale["customer"], "email": _BUYER, "name": "New Buyer"},
    }
