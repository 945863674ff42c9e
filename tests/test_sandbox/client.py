from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import requests

    from tests.sandbox import Account, Sandbox


@dataclass
class Client:
    """An HTTP client of one sandbox."""

    sandbox: Sandbox
    session: requests.Session

    @property
    def account(self) -> Account:
        return self.sandbox.account

    def call(self, method: str, path: str, body: Any = None, **options: Any) -> requests.Response:
        headers = {"Api-Token": self.sandbox.token, **options.pop("headers", {})}
        url = f"{self.sandbox.url}/api/3/{path}"
        return self.session.request(
            method, url, json=body, headers=headers, timeout=options.pop("timeout", 10), **options
        )

    def get(self, path: str, **params: Any) -> Any:
        response = self.call("GET", path, params=params)
        assert response.ok, response.text
        return response.json()

    def post(self, path: str, body: Any) -> requests.Response:
        return self.call("POST", path, body)

    def control(self, path: str, body: Any = None) -> Any:
        url = f"{self.sandbox.url}/_sandbox/{path}"
        response = (
            self.session.get(url, timeout=10)
            if body is None
            else self.session.post(url, json=body, timeout=10)
        )
        assert response.status_code == 200, response.text
        return response.json()

    def pages(self, path: str, key: str, limit: int, **params: Any) -> list[Any]:
        """Return the rows of all offset pages."""
        rows: list[Any] = []
        while True:
            page = self.get(path, limit=limit, offset=len(rows), **params)[key]
            rows += page
            if len(page) < limit:
                return rows
