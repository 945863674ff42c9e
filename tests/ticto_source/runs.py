"""Runs of tap-ticto within this process."""

from __future__ import annotations

import contextlib
import io
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from singer_sdk.singerlib.encoding import SimpleSingerWriter

from target_activecampaign.ticto_source.errors import TictoSourceError
from target_activecampaign.ticto_source.tap import TapTicto

if TYPE_CHECKING:
    from tests.sandbox.ticto import TictoSandbox


@dataclass
class Run:
    """What a run wrote.

    Attributes:
        records: Records by stream.
        state: The last state.
        fault: Why it failed, if it did.
    """

    records: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    state: Any = None
    fault: str | None = None

    @property
    def ids(self) -> list[int]:
        """The ids of the postbacks, in the order in which they came."""
        return [record["id"] for record in self.records.get("postbacks", [])]

    @property
    def orders(self) -> list[dict[str, Any]]:
        """The rows of the orders."""
        return self.records.get("orders", [])


class _Tap(TapTicto):
    message_writer_class = SimpleSingerWriter  # type: ignore[assignment]


def run_tap(config: dict[str, Any], state: Any = None, catalog: Any = None) -> Run:
    """Run the tap to its end."""
    written, run = io.StringIO(), Run()
    with contextlib.redirect_stdout(written):
        tap = _Tap(config=config, state=json.loads(json.dumps(state or {})), catalog=catalog)
        try:
            tap.read()
        except TictoSourceError as error:
            run.fault = str(error)
    for line in written.getvalue().splitlines():
        message = json.loads(line)
        if message["type"] == "RECORD":
            run.records.setdefault(message["stream"], []).append(message["record"])
        elif message["type"] == "STATE":
            run.state = message["value"]
    return run


def api_config(ticto: TictoSandbox, **settings: Any) -> dict[str, Any]:
    """Return the settings that reach a stand-in."""
    return {
        "ticto_api_url": ticto.url,
        "client_id": ticto.client_id,
        "client_secret": ticto.client_secret,
        "requests_per_second": 1000,
        **settings,
    }
