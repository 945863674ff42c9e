"""Run the sandbox by itself: `python -m tests.sandbox --port 8080`."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path
from threading import Event

from tests.sandbox.account import STAMPS_FOLLOW
from tests.sandbox.server import Sandbox


def _limit(text: str) -> int | None:
    return None if text in ("none", "0") else int(text)


def _names(text: str) -> str | tuple[str, ...]:
    if text in ("documented", "all"):
        return text
    return () if text == "none" else tuple(text.split(","))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.sandbox",
        description="Serve a stand-in for an ActiveCampaign account on loopback until stopped.",
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1", choices=("127.0.0.1", "localhost"), help="loopback address")
    add("--port", type=int, default=0, help="0 picks a free one")
    add("--contacts", type=int, default=1000, help="other collections follow in proportion")
    add("--seed", type=int, default=7, help="decides every value")
    add("--latency-seconds", type=float, default=0.0, help="how long each answer is held back")
    add("--requests-per-second", type=_limit, default=5, help="the account's limit; none for none")
    add("--token", default="sandbox-token", help="what the header Api-Token must say")
    add("--fault-rate", type=float, default=0.0, help="share of answers that break, 0 to 1")
    add("--fault-seed", type=int, default=1, help="decides which answers break, and how")
    add("--id-gaps", choices=("even", "uneven"), default="even", help="how ids are missing")
    add(
        "--honoured-orders",
        choices=("documented", "all", "none"),
        default="documented",
        help="which orders[...] count: those that the reference of November 2026 names, all, none",
    )
    add(
        "--known-filters",
        choices=("documented", "columns"),
        default="documented",
        help="columns: every column is a known filter, compared for equality",
    )
    add("--contacts-status", help="status by which /contacts is narrowed whatever is asked for")
    add(
        "--includes",
        type=_names,
        default="documented",
        help="which include=… of /contacts count: documented, all, none, or a comma list",
    )
    add("--include-cap", type=int, help="most included rows of a kind in an answer")
    add("--include-cap-per-contact", type=int, help="most included rows of a kind per contact")
    add(
        "--include-shape",
        choices=("own", "raw", "nested", "unnamed"),
        default="own",
        help="shape of included rows",
    )
    add("--include-most-rows", type=int, help="included rows that are gathered in time")
    add(
        "--include-overdue",
        choices=("timeout", "status_504"),
        default="timeout",
        help="what happens above that",
    )
    add(
        "--stamps-follow",
        type=_names,
        default=tuple(sorted(STAMPS_FOLLOW)),
        help="collections whose changes move their contact's stamps: none, or a comma list",
    )
    add("--request-log", type=Path, help="file that gets a JSON line per answered request")
    add("--port-file", type=Path, help="file that gets the URL once the sandbox is ready")
    add("--verbose", action="store_true", help="print the URL once the sandbox is ready")
    return parser


def main() -> int:
    """Serve until SIGTERM or SIGINT."""
    options = _parser().parse_args()
    stopped = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    sandbox = Sandbox(
        host=options.host,
        port=options.port,
        contacts=options.contacts,
        seed=options.seed,
        latency_seconds=options.latency_seconds,
        requests_per_second=options.requests_per_second,
        token=options.token,
        id_gaps=options.id_gaps,
        honoured_orders=options.honoured_orders,
        known_filters=options.known_filters,
        contacts_status=options.contacts_status,
        includes=options.includes,
        include_cap=options.include_cap,
        include_cap_per_contact=options.include_cap_per_contact,
        include_shape=options.include_shape,
        include_most_rows=options.include_most_rows,
        include_overdue=options.include_overdue,
        stamps_follow=options.stamps_follow,
        request_log=options.request_log,
    )
    if options.fault_rate:
        sandbox.faults.rate(options.fault_rate, seed=options.fault_seed)
    sandbox.start()
    if options.port_file:
        ready = options.port_file.with_name(f"{options.port_file.name}.part")
        ready.write_text(sandbox.url, encoding="utf-8")
        ready.replace(options.port_file)
    if options.verbose:
        print(sandbox.url, flush=True)
    stopped.wait()
    sys.stdout.flush()
    os._exit(0)  # connections in mid-answer do not hold the process back


if __name__ == "__main__":
    main()
