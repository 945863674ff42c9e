"""`ticto-inbox serve` as a process of its own, and what tests do with it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests

from tests.inbox.samples import TOKEN, encoded

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

ROOT = Path(__file__).resolve().parents[2]
_START_SECONDS = 180.0
_END_SECONDS = 60.0


@dataclass
class InboxProcess:
    """A receiver; use it as a context manager.

    Attributes:
        folder: For its configuration and log.
        settings: What the configuration says.
        environment: Further variables.
    """

    folder: Path
    settings: dict[str, Any]
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.session = requests.Session()
        self.url = ""
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> str:
        """What it has written so far, over all its lives."""
        path = self.folder / "inbox.log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    @property
    def pid(self) -> int:
        """The process."""
        assert self._process is not None
        return self._process.pid

    def start(self, *, wait: bool = True) -> Self:
        """Start it, on the port that it had before, if any."""
        config = self.folder / "inbox.json"
        port = int(self.url.rpartition(":")[2]) if self.url else 0
        values = {"ticto_tokens": [TOKEN], "port": port, **self.settings}
        config.write_text(json.dumps(values), encoding="utf-8")
        earlier = len(self.log)
        with (self.folder / "inbox.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "target_activecampaign.inbox", "serve", "--config", config],
                cwd=ROOT,
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        if wait:
            self.wait_until_ready(earlier)
        return self

    def wait_until_ready(self, log_from: int = 0) -> None:
        deadline = time.monotonic() + _START_SECONDS
        assert self._process is not None
        while time.monotonic() < deadline:
            found = re.search(r"postbacks on (http://[\w.:\[\]]+?)/", self.log[log_from:])
            if found:
                self.url = found[1]
                try:
                    requests.get(f"{self.url}/healthz", timeout=30)
                except requests.ConnectionError:
                    pass
                else:
                    return
            assert self._process.poll() is None, self.log[log_from:]
            time.sleep(0.05)
        raise AssertionError(self.log[log_from:])

    def post(self, body: Any, **arguments: Any) -> requests.Response:
        """Post a body as Ticto does."""
        headers = {"Content-Type": "application/json", "User-Agent": "Ticto Webhooks"}
        data = body if isinstance(body, (bytes, str)) else encoded(body)
        return self.session.post(
            f"{self.url}/ticto",
            data=data,
            headers={**headers, **arguments.pop("headers", {})},
            timeout=60,
            **arguments,
        )

    def health(self) -> requests.Response:
        return self.session.get(f"{self.url}/healthz", timeout=60)

    def kill(self) -> None:
        """End it as a power cut does."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def wait(self) -> int:
        """Wait for its end and return its exit code."""
        assert self._process is not None
        return self._process.wait(_END_SECONDS)

    def stop(self) -> int:
        """End it as systemd does, and return its exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(_END_SECONDS)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.session.close()
        if self._process is not None and self._process.poll() is None:
            self.stop()
