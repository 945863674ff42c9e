"""Run the stand-in by itself: `python -m tests.sandbox.ticto --port 8081`."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path
from threading import Event

from tests.sandbox.ticto.server import TictoBehaviour, TictoSandbox

_ORDERS = (
    "newest_first",
    "oldest_first",
    "changed_first",
    "shuffled",
    "newest_first_within_pages",
    "first_page_only",
)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.sandbox.ticto",
        description="Serve a stand-in for Ticto's API on loopback until stopped.",
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1", choices=("127.0.0.1", "localhost"), help="loopback address")
    add("--port", type=int, default=0, help="0 picks a free one")
    add("--orders", type=int, default=200, help="number of sales")
    add("--days", type=float, default=90, help="over how many days they are spread")
    add("--seed", type=int, default=7, help="decides every value")
    add("--client-id", default="sandbox-client", help="what a client must say")
    add("--client-secret", default="sandbox-secret", help="the secret beside it")
    add("--order", default="newest_first", choices=_ORDERS, help="how the rows stand")
    add("--page-rows", type=int, default=20, help="rows of a page")
    add("--token-seconds", type=float, default=3600, help="how long a token is accepted")
    add("--requests-per-second", type=int, help="the limit; none if left out")
    add("--fault-rate", type=float, default=0.0, help="share of answers that break, 0 to 1")
    add("--port-file", type=Path, help="file that gets the URL once the stand-in is ready")
    add("--verbose", action="store_true", help="print the URL once the stand-in is ready")
    return parser


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    options = _parser().parse_args()
    stopped = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    ticto = TictoSandbox(
        host=options.host,
        port=options.port,
        client_id=options.client_id,
        client_secret=options.client_secret,
        behaviour=TictoBehaviour(
            order=options.order,
            page_rows=options.page_rows,
            token_seconds=options.token_seconds,
            requests_per_window=options.requests_per_second,
        ),
        orders=options.orders,
        days=options.days,
        seed=options.seed,
    )
    if options.fault_rate:
        ticto.faults.rate(options.fault_rate)
    ticto.start()
    if options.port_file:
        ready = options.port_file.with_name(f"{options.port_file.name}.part")
        ready.write_text(ticto.url, encoding="utf-8")
        ready.replace(options.port_file)
    if options.verbose:
        print(ticto.url, flush=True)
    stopped.wait()
    sys.stdout.flush()
    os._exit(0)  # connections in mid-answer do not hold the process back


if __name__ == "__main__":
    main()
