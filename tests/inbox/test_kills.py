"""Under load: killed at random moments, several receivers at once, a store that comes and goes."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import requests

from tests.inbox.samples import encoded, postback
from tests.inbox.server import InboxProcess
from tests.inbox.test_receiver import kept_bodies

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from typing_extensions import Self

pytestmark = pytest.mark.slow

SENDERS = 20


class Load:
    """Senders that post bodies of their own until they are stopped; use it as a context manager.

    Attributes:
        kept: Numbers of the postbacks that were answered 200.
        answers: How often each status was answered.
    """

    def __init__(self, inboxes: Sequence[InboxProcess]) -> None:
        self.kept: list[int] = []
        self.answers: Counter[int] = Counter()
        self._inboxes = inboxes
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._next = 0
        self._threads = [threading.Thread(target=self._send, args=[n]) for n in range(SENDERS)]

    def _send(self, sender: int) -> None:
        session = requests.Session()
        inbox = self._inboxes[sender % len(self._inboxes)]
        number: int | None = None
        while not self._stopped.is_set():
            with self._lock:
                # As Ticto does: what was not answered 200 is sent again.
                if number is None:
                    self._next += 1
                    number = self._next
            try:
                answer = session.post(
                    f"{inbox.url}/ticto",
                    data=encoded(postback(number)),
                    headers={"Content-Type": "application/json"},
                    timeout=60,
                )
            except requests.RequestException:
                time.sleep(0.05)
                continue
            with self._lock:
                self.answers[answer.status_code] += 1
                if answer.status_code == 200:
                    self.kept.append(number)
                    number = None
            if number is not None:
                time.sleep(0.05)
        session.close()

    def wait_for(self, kept: int) -> None:
        """Wait until so many more have been kept."""
        wanted, deadline = len(self.kept) + kept, time.monotonic() + 120
        while len(self.kept) < wanted:
            assert time.monotonic() < deadline, self.answers
            time.sleep(0.005)

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join()


def assert_all_kept_once(inbox: InboxProcess, load: Load) -> None:
    there = Counter(body["order"]["id"] - 6_100_000 for body in kept_bodies(inbox))
    assert load.kept
    assert [number for number in load.kept if there[number] != 1] == []
    assert max(there.values()) == 1


def test_what_was_answered_200_is_there_once_after_kills_at_random_moments(
    inbox: InboxProcess,
) -> None:
    moments = random.Random(17)
    with inbox, Load([inbox]) as load:
        for _ in range(4):
            load.wait_for(moments.randrange(1, 150))
            inbox.kill()
            inbox.start()
        load.wait_for(50)
    assert_all_kept_once(inbox, load)
    assert set(load.answers) == {200}


@pytest.mark.postgres
def test_several_receivers_share_a_store(postgres_url: str, tmp_path: Path) -> None:
    inboxes = []
    for name in ("one", "two", "three"):
        folder = tmp_path / name
        folder.mkdir()
        inboxes.append(
            InboxProcess(folder, {"inbox_url": postgres_url, "data_dir": str(folder / "data")})
        )
    with inboxes[0], inboxes[1], inboxes[2], Load(inboxes) as load:
        load.wait_for(300)
        inboxes[1].kill()
        load.wait_for(100)
        inboxes[1].start()
        load.wait_for(300)
    assert_all_kept_once(inboxes[0], load)
    assert set(load.answers) == {200}


@pytest.fixture
def own_postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server that a test may stop."""
    # Not below pytest's folders, which only their owner may enter.
    folder = Path(tempfile.mkdtemp(prefix="inbox-postgres-"))
    try:
        server = PostgresServer(folder)
        server.start()
        yield server
        server.stop("immediate")
    finally:
        shutil.rmtree(folder)


class PostgresServer:
    """A private server; tests of people who have none are skipped."""

    def __init__(self, folder: Path) -> None:
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
        control = shutil.which("pg_ctl") or (str(found[-1]) if found else None)
        if control is None:
            pytest.skip("no PostgreSQL server is installed")
        self._control, self._folder = control, folder
        self._prefix: list[str] = []
        if os.geteuid() == 0:
            # PostgreSQL refuses to be run by root.
            if shutil.which("setpriv") is None:
                pytest.skip("PostgreSQL does not run as root")
            shutil.chown(folder, "postgres", "postgres")
            self._prefix = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        self._port = random.SystemRandom().randrange(20_000, 30_000)
        self.url = f"postgresql://postgres@127.0.0.1:{self._port}/postgres"
        self._run("initdb", "-o", "--auth=trust --username=postgres --encoding=UTF8 --no-sync")

    def start(self) -> None:
        options = f"-p {self._port} -k '' -c listen_addresses=127.0.0.1"
        self._run("start", "-w", "-l", str(self._folder / "log"), "-o", options)

    def stop(self, mode: str) -> None:
        self._run("stop", "-w", "-m", mode)

    def _run(self, *arguments: str) -> None:
        subprocess.run(
            [*self._prefix, self._control, "-D", str(self._folder / "data"), *arguments],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self._folder,
        )


@pytest.mark.postgres
def test_a_store_that_goes_away_and_comes_back_costs_answers_and_no_postback(
    own_postgres: PostgresServer, tmp_path: Path
) -> None:
    inbox = InboxProcess(
        tmp_path, {"inbox_url": own_postgres.url, "data_dir": str(tmp_path / "data")}
    )
    with inbox, Load([inbox]) as load:
        for mode in ("fast", "immediate"):
            load.wait_for(60)
            own_postgres.stop(mode)
            deadline = time.monotonic() + 60
            before = load.answers[503]
            while load.answers[503] < before + 5:
                assert time.monotonic() < deadline, load.answers
                time.sleep(0.01)
            assert inbox.health().status_code == 503
            own_postgres.start()
            load.wait_for(60)
        assert set(load.answers) == {200, 503}
        assert inbox.health().status_code == 200
    assert_all_kept_once(inbox, load)
    assert "The store takes postbacks again." in inbox.log
    assert "Traceback" not in inbox.log
