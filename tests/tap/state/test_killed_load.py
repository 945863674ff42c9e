"""A first load of contacts that is killed goes on where its last state was."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from dataclasses import dataclass, field
from email.utils import formatdate
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest

from tests.sandbox import Sandbox
from tests.tap.runs import open_tap

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sandbox.account import Account
    from tests.sandbox.wire import Request

pytestmark = pytest.mark.slow

TAP = Path(sys.executable).with_name("tap-activecampaign")
CONTACTS = 4_000
PAGE_SIZE = 40
RANGES = 8
STATE_BYTES = 2_000
# More than stamps and the clock of an answer, both in whole seconds, can differ.
SECONDS_BETWEEN_CHANGES = 3


@dataclass
class Loader:
    """A destination that keeps the last record of each contact, and the last state."""

    sandbox: Sandbox
    folder: Path
    state: dict[str, Any] | None = None
    largest_state_bytes: int = 0
    contacts: dict[int, dict[str, Any]] = field(default_factory=dict)
    requests: int = 0

    def run(self, *, kill_after_lines: int | None = None) -> bool:
        """Run the tap, or kill it after so many lines; return whether it finished."""
        self.sandbox.clear_log()
        process = subprocess.Popen(self._command(), stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        with process.stdout:
            for number, line in enumerate(process.stdout):
                self._take(line)
                if number == kill_after_lines:
                    process.kill()
                    # What stood in the pipe is lost, as with a destination that dies as well.
                    break
        finished = process.wait(60) == 0
        self.requests = len(self.sandbox.requests)
        return finished

    def _take(self, line: str) -> None:
        message = json.loads(line)
        if message["type"] == "RECORD":
            self.contacts[message["record"]["id"]] = message["record"]
        elif message["type"] == "STATE":
            self.state = message["value"]
            self.largest_state_bytes = max(self.largest_state_bytes, len(line.encode()))

    def _command(self) -> list[str]:
        settings = {
            "api_url": self.sandbox.url,
            "api_token": self.sandbox.token,
            "page_size": PAGE_SIZE,
            "requests_per_second": 100,
            "max_concurrent_requests": RANGES,
        }
        catalog = open_tap(self.sandbox, {"contacts"}).catalog_dict
        given: dict[str, Any] = {"config": settings, "catalog": catalog, "state": self.state or {}}
        command = [str(TAP)]
        for name, content in given.items():
            path = self.folder / f"{name}.json"
            path.write_text(json.dumps(content))
            command += [f"--{name}", str(path)]
        return command

    def rows_left(self) -> int:
        """Return how many contacts the state says are still to be read."""
        bookmarks: dict[str, Any] = (self.state or {}).get("bookmarks", {})
        left = bookmarks.get("contacts", {}).get("unfinished_scan", {}).get("rows_left")
        return CONTACTS if left is None else int(left)

    def missing(self) -> set[int]:
        """Return the ids of contacts that were never received."""
        return {int(row["id"]) for row in self.sandbox.account.rows("contacts")} - set(
            self.contacts
        )


@pytest.mark.parametrize("seed", [1, 2])
def test_a_load_killed_again_and_again_is_complete_in_the_end(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    with Sandbox(contacts=CONTACTS, requests_per_second=None, id_gaps="uneven") as sandbox:
        loader = Loader(sandbox, tmp_path)
        for _ in range(3):
            rows_left = loader.rows_left()
            assert not loader.run(kill_after_lines=dice.randrange(1, max(rows_left * 2 // 3, 2)))
        rows_left = loader.rows_left()
        assert loader.run()
        assert loader.missing() == set()
        # Each range ends with a page that is not full.
        assert loader.requests <= rows_left / PAGE_SIZE + 2 * RANGES
        assert loader.largest_state_bytes < STATE_BYTES
        assert "unfinished_scan" not in (loader.state or {})["bookmarks"]["contacts"]


def test_a_load_that_is_nearly_done_makes_only_the_remaining_requests(tmp_path: Path) -> None:
    with Sandbox(contacts=CONTACTS, requests_per_second=None) as sandbox:
        loader = Loader(sandbox, tmp_path)
        assert not loader.run(kill_after_lines=3_500)
        rows_left = loader.rows_left()
        # State comes every 1,000 records.
        assert rows_left <= CONTACTS - 3_000 + RANGES * PAGE_SIZE
        assert loader.run()
        assert loader.missing() == set()
        assert loader.requests <= rows_left / PAGE_SIZE + 2 * RANGES
        # The whole is bookmarked: nothing is left for a third run.
        assert loader.run()
        assert loader.requests == 1


def changes_two_contacts(loader: Loader) -> Callable[[Request, Account], None]:
    """Touch the first contact after it was read, and seconds later the last before it is read."""
    changed: list[str] = []

    def change(request: Request, account: Account) -> None:
        if not request.path.endswith("/contacts") or len(loader.sandbox.requests) < 2 * RANGES:
            return
        with account.lock:
            while len(changed) < 2:
                row_id = account.id_at("contacts", (CONTACTS - 1) * len(changed))
                account.touch("contacts", row_id, segmentio_id="changed")
                changed.append(row_id)
                if len(changed) < 2:
                    time.sleep(SECONDS_BETWEEN_CHANGES)

    return change


@pytest.mark.parametrize("ahead_seconds", [0, 600])
def test_a_contact_that_changed_after_it_was_read_is_not_lost_with_the_killed_run(
    tmp_path: Path, ahead_seconds: int
) -> None:
    def date_of_server(*_: Any, **__: Any) -> str:
        return formatdate(time.time() - ahead_seconds, usegmt=True)

    with (
        patch("tests.sandbox.wire.formatdate", date_of_server),
        Sandbox(contacts=CONTACTS, requests_per_second=None) as sandbox,
    ):
        loader = Loader(sandbox, tmp_path)
        sandbox.account.clock.advance(-ahead_seconds)
        sandbox.hook(changes_two_contacts(loader))
        assert not loader.run(kill_after_lines=3_000)
        for _ in range(2):
            assert loader.run()
        first = int(sandbox.account.id_at("contacts", 0))
        assert loader.contacts[first]["segmentio_id"] == "changed"
