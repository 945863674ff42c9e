"""A panel on loopback for tests: a real server in a thread, its files, and a visitor."""

from __future__ import annotations

import json
import re
import threading
import time
from html import unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import requests
import uvicorn
from typing_extensions import Self

from target_activecampaign.inbox import bodies
from target_activecampaign.inbox.receiver import create_app
from target_activecampaign.inbox.settings import InboxSettings
from target_activecampaign.inbox.store import NewPostback, Store, milliseconds_now
from target_activecampaign.inbox.supervisor import Supervisor
from target_activecampaign.panel.app import Panel

if TYPE_CHECKING:
    from pathlib import Path

_TOKEN = re.compile(r'name="form_token" value="([^"]+)"')
_VERSION = re.compile(r'name="version" value="([^"]*)"')


class ServedPanel:
    """The panel and the inbox of one directory.

    Args:
        folder: Where its files are.
        target: The target's settings; ``rules_path`` and ``data_dir`` are filled in.
        rules: What the rule file says.
        password: The panel's password.
        settings: Further settings of the inbox.
    """

    def __init__(
        self,
        folder: Path,
        *,
        target: dict[str, Any] | None = None,
        rules: str = "",
        password: str | None = None,
        **settings: Any,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.rules_path = folder / "rules.yml"
        if rules:
            self.rules_path.write_text(rules, encoding="utf-8")
        self.target_data = folder / "target"
        self.target_config = folder / "config.json"
        config = {
            "rules_path": str(self.rules_path),
            "data_dir": str(self.target_data),
            **(target or {}),
        }
        self.target_config.write_text(json.dumps(config), encoding="utf-8")
        values: dict[str, Any] = {"target_config": self.target_config, **settings}
        self.settings = InboxSettings(
            inbox_url=f"sqlite:///{folder / 'inbox.db'}", data_dir=folder, **values
        )
        self.store = Store(self.settings.inbox_url, create=True)
        self.panel = Panel(self.settings, self.store, password)
        supervisor = (
            None if self.settings.apply_every_seconds is None else Supervisor(self.settings)
        )
        app = create_app(
            self.settings, self.store, supervisor=supervisor, extra_routes=self.panel.routes
        )
        config_of_server = uvicorn.Config(app, port=0, log_config=None, lifespan="on")
        self._server = uvicorn.Server(config_of_server)
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        while not self._server.started:
            time.sleep(0.005)
        port = self._server.servers[0].sockets[0].getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join()
        self.panel.close()
        self.store.close()

    def receive(self, *received: dict[str, Any], days_ago: float = 0) -> list[int]:
        """Put postbacks into the inbox and into the panel's index; returns their ids."""
        before = self.store.highest_id()
        at = milliseconds_now() - int(days_ago * 86_400_000)
        kept = [bodies.from_record(one) for one in received]
        self.store.add([NewPostback(at, one.text, one.digest, one.status) for one in kept])
        self.index()
        return list(range(before + 1, before + 1 + len(received)))

    def index(self) -> None:
        """Let the panel see everything that has come."""
        while self.panel.workspace.index.catch_up(5_000):
            pass

    def rules(self) -> str:
        """Return the rule file."""
        return self.rules_path.read_text(encoding="utf-8")


class Visitor:
    """A browser without scripts.

    Args:
        panel: Where to go.
        language: What the browser prefers.
    """

    def __init__(self, panel: ServedPanel, language: str = "en") -> None:
        self._address = panel.address
        self._session = requests.Session()
        self._session.headers["Accept-Language"] = language

    def move_to(self, panel: ServedPanel) -> None:
        """Go on at another address, with the same cookies."""
        self._address = panel.address

    def get(self, path: str, **headers: str) -> requests.Response:
        """Ask for a page."""
        return self._session.get(
            urljoin(self._address, path), headers=headers, allow_redirects=False, timeout=10
        )

    def follow(self, answer: requests.Response) -> requests.Response:
        """Go where an answer leads."""
        assert answer.status_code == 303, answer.text
        return self.get(answer.headers["location"])

    def post(
        self, path: str, fields: dict[str, Any] | None = None, *, page: str = "/", **headers: str
    ) -> requests.Response:
        """Send a form with the token and the version of the page that it stands on."""
        shown = self.get(page).text
        token = _TOKEN.search(shown)
        version = _VERSION.search(shown)
        sent = {
            "form_token": token[1] if token else "",
            "version": unescape(version[1]) if version else "",
            **(fields or {}),
        }
        return self.send(path, sent, **headers)

    def send(self, path: str, fields: dict[str, Any], **headers: str) -> requests.Response:
        """Send a form as it is."""
        return self._session.post(
            urljoin(self._address, path),
            data=fields,
            headers=headers,
            allow_redirects=False,
            timeout=10,
        )


def text_of(answer: requests.Response) -> str:
    """Return what a person reads of a page, on one line."""
    main = answer.text.partition("<main")[2] or answer.text
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())
