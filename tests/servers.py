"""Redis and PostgreSQL servers of a test's own, which it may stop, kill and start again."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_START_SECONDS = 60
_DEBIANS = "/usr/lib/postgresql"


class ServerError(Exception):
    """A server did not start."""


def program(name: str) -> str | None:
    """Return where a server's program is; None if it is not installed."""
    newest_first = sorted(Path(_DEBIANS).glob(f"*/bin/{name}"), reverse=True)
    return shutil.which(name) or next((str(path) for path in newest_first), None)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@dataclass
class Server:
    """A server on loopback.

    Attributes:
        url: Its address.
        port: Its port.
        command: Starts it in the foreground.
        user: Who runs it, if not who runs the test.
    """

    url: str
    port: int
    command: Sequence[str]
    user: str | None = None
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def pid(self) -> int:
        """Number of its process.

        Raises:
            ServerError: If it is not running.
        """
        if self._process is None:
            raise ServerError("The server is not running.")
        return self._process.pid

    def start(self) -> None:
        """Start it, and wait until it listens.

        Raises:
            ServerError: If it does not.
        """
        self._process = _popen(self.command, self.user)
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            if _listens(self.port):
                return
            time.sleep(0.05)
        raise ServerError(f"{self.command[0]} did not start.")

    def stop(self, number: int = signal.SIGINT) -> None:
        """End it; SIGINT cuts all connections first, SIGKILL lets it do nothing more."""
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(_START_SECONDS)
            self._process = None


@contextmanager
def redis_server() -> Iterator[Server]:
    """Run a Redis server that keeps nothing."""
    port = free_port()
    command = [str(program("redis-server")), "--port", str(port), "--save", "", "--bind"]
    server = Server(f"redis://127.0.0.1:{port}/0", port, [*command, "127.0.0.1"])
    server.start()
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def postgres_server() -> Iterator[Server]:
    """Run a PostgreSQL server with a cluster of its own. It refuses to be run by root."""
    user = "postgres" if os.geteuid() == 0 else None
    with TemporaryDirectory(prefix="postgres-", ignore_cleanup_errors=True) as folder:
        if user is not None:
            shutil.chown(folder, user)
        cluster, port = f"{folder}/cluster", free_port()
        made = _popen(
            [str(program("initdb")), "-D", cluster, "-U", "postgres", "-A", "trust", "--no-sync"],
            user,
        )
        if made.wait(_START_SECONDS):
            raise ServerError("initdb failed.")
        command = [str(program("postgres")), "-D", cluster, "-p", str(port), "-k", folder]
        command += ["-c", "listen_addresses=127.0.0.1", "-c", "max_connections=300"]
        url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
        server = Server(url, port, command, user)
        server.start()
        try:
            yield server
        finally:
            server.stop()


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def _popen(command: Sequence[str], user: str | None) -> subprocess.Popen[bytes]:
    options: dict[str, Any] = {}
    if user is not None:
        entry = pwd.getpwnam(user)
        options = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    return subprocess.Popen(
        command,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        **options,
    )
