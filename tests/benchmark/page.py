"""The page `docs/performance.md`, written from the figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.benchmark.scenarios import ONE_AT_A_TIME
from tests.benchmark.tables import (
    cost_table,
    costly_paths,
    cpu_table,
    growth_table,
    inbox_table,
    memory_table,
    pace_table,
    panel_table,
    peers_table,
    shared_table,
    target_table,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.benchmark.figures import Figures

_AIM = 0.95
_SLOW_SECONDS = 0.4

_INTRODUCTION = """\
# Performance

ActiveCampaign allows an account five requests a second, whatever program sends them
([rate limits](https://developers.activecampaign.com/reference/rate-limits)), and gives at most 100
rows per request. Both together are the limit of every sync: **500 rows a second**. A tap can lose
against it by waiting for one answer before it asks the next question, by asking for more than it
needs, and by running into 429. This page shows what these plugins lose.

The figures come from one command, which also wrote this page:

```sh
python -m tests.benchmark --write-docs      # everything, about an hour and a half
python -m tests.benchmark --quick           # small accounts, about two minutes; changes no file
```

It starts the local stand-in for an ActiveCampaign account (`tests/sandbox/`) and the plugins as
processes of their own. The stand-in refuses the sixth request of any second with 429 and holds
each answer back for as long as the table says. Requests and their times are taken from the
stand-in's own log; processor time and memory are what the operating system counted for the
plugin's process, its start included."""

_PACE = """\
## Share of the permitted pace

![Share of the permitted pace, by latency of the answers](performance.svg)

{table}

The share is the number of requests that the server accepted between the first and the last,
divided by the time between them and by five. Rows per second count from the start of the program
to its end. The three latencies were measured side by side, each with a server of its own. The load
is the machine's load average over the last minute of the run, the benchmark's own part included:
above 4 on two cores, programs start late, and requests arrive less evenly than they were sent.

- `contacts` are read in ascending order of their ids, over several ranges of ids at once;
  `contact_tags` and the other large tables by offset, with one row of overlap.
- "{one_at_a_time}" is the same tap with
  `max_concurrent_requests: 1`: what any program reaches that waits for each answer.

### Aims, and what is missed

The aim is 95 % of the pace at 0.4 and 1 second on a stream of many pages, and at most 1 % of
requests answered 429.
{verdict}

- **1.5 % is given away on purpose.** Requests are spaced 0.203 seconds apart and not 0.2, because
  the sixth request within a second is refused, and requests never arrive quite as evenly as they
  were sent. Each 429 widens that a little, to 0.209 seconds at most.
- **A stream begins with a request that is under way alone**, because its answer tells how many rows
  there are. The ranges of `contacts` do not all end at the same moment either, so the last two or
  three requests are no longer close together. Together that is one to two latencies, whatever the
  number of rows: the longer the stream, the less it weighs.
- **A 429 costs a little more than a second**, the time that the server asks to wait; a second one
  soon after it also slows the tap down for a few seconds. It comes where a request is held back for
  more than 15 milliseconds between the tap's clock and the server, so that those behind it follow
  too closely: by the network, by a busy machine, or by a collection of garbage in the tap itself.
- **All default streams together stay a little below the pace at a high latency.** Most are of a
  page or two. While one stream is read, pages of those behind it are begun, up to sixteen at a time
  and a few megabytes in all. But the first request of a run is alone, because it shows whether the
  token is good; and where ActiveCampaign tells no total, one page must come before the next is
  asked for. Towards the end of a run nothing else is left to do meanwhile."""

_COST = """\
## Requests of a first run, of one after changes, and of one with nothing new

All default streams of the same account, one run after the other. Before the second run, twenty
rows each of contacts, deals, contact tags, field values and accounts were changed.

{table}

ActiveCampaign documents only for a few streams that they can be asked for in an order. "documented"
is a server that honours just those and returns the others by id; there, everything that the server
cannot filter is read whole each time. "all" is a server that honours the order by the update stamp
everywhere. The tap finds out for itself which of the two it talks to, for each stream.
{costly}

### One request per 100 rows?

The aim is one request per 100 rows and at most two more for each stream. `contacts` keep it at any
size. Streams that are read by offset ask each page for the last row of the page before it, so that
a row deleted meanwhile does not push another one out of sight: 99 new rows per request. Above about
20,000 rows they need more than the aim allows, 1 % in the long run."""

_GROWTH = """\
## Contacts and what hangs on them, by the size of the account

![Requests of a daily run in which contacts changed, against the size of the account](daily-run.svg)

{table}

Contacts, their tags, their places on lists and the values of their custom fields, on a server that
ignores every order. Before the daily run a value of each changed contact was changed. By default
the rows come with the contacts ([incremental.md](incremental.md#rows-that-come-with-the-contacts)):
a first run costs a request for every 100 contacts and a few counts, a daily run one for every 100
contacts that changed, whatever the tables hold. With `sideload: off` each stream is read by its own
path, which ActiveCampaign neither filters nor sorts, so both runs grow with the account.

Of the stand-in's contacts 1 % have no change date, and it sends them whatever the filter says: that
is why the daily run of a larger account takes a few requests more."""

_CPU = """\
## Processor time

{table}

From a server without limit or latency, the least of several runs: user and system time of the whole
process, its start included. "Bare SDK" is a tap that emits as many records of the same streams,
ready made, and does nothing but what the Meltano SDK does with them (`tests/benchmark/bare.py`); it
took turns with ours on the same machine. The ratio says how our records per second of processor
time compare with its, and does not depend on how fast the machine is. The aim is 0.8 at least.

Requests, JSON, types, dates and proofs come on top of what the bare SDK does. They are paid for by
writing records by the page, with the SDK's public parts, and not one by one in its own loop."""

_MEMORY = """\
## Memory

{table}

Peak of the resident set. The aim is 200 MB at a million contacts. Pages are read ahead in a bounded
window, and the ids seen take about a bit each."""

_TARGET = """\
## The target

{table}

Each order comes from a buyer of its own, who is new to the account, and puts them on one list with
two tags. After each run the account was compared: every contact, every place on the list and every
tag had arrived. Polls are the questions how an import went. The tags, the list and the account
itself take three requests per run.

- `direct` takes four requests for each new buyer, so its limit is 1.25 orders a second.
- `bulk` sends up to 250 buyers in an import. What it waits for is ActiveCampaign carrying out the
  imports; here the server took a second for each, the real one may take minutes. More than 100
  imports a minute are refused by ActiveCampaign, also where no other limit is set: 25,000 orders a
  minute at most. The target keeps to that by itself.
- Memory: the target holds up to 5,000 orders at a time, so it does not grow with the input beyond
  the pages of memory that the interpreter keeps."""

_PEERS = """\
## Beside other tools

The same work, in requests. Ours were counted above; those of others follow from their code as it
was read in November 2026, and were counted at smaller sizes by running what can be run.

{table}

- The tap that Stitch runs reads each table by its own path, a hundred rows at a time and one
  request more, and filters only contacts and activities by date. In every run it also asks for the
  lines of each e-commerce order, which is not counted here.
- The target of hotglue looks a buyer up, writes the contact and then one place on a list, and
  knows no tags. RudderStack reads all tags and fields again for every buyer, and writes the contact
  twice. n8n takes a request for the contact, one for each list and one for each tag."""

_SHARED = """\
## Several processes on one account

{table}

Taps that share an account's pace by `rate_limit_url` ([scale.md](scale.md)), through a server that
permits five requests a second and answers in 0.4 seconds. "Slowest" and "Fastest" are the pages
that the unluckiest and the luckiest tap got. The aims are 90 % of the pace, at most 1 % of requests
answered 429, a slowest tap half as fast as the fastest, and being back at the pace within five
seconds after one was killed."""

_INBOX = """\
## The inbox

{table}

`ticto-inbox serve` and the senders shared the machine. Each postback had a body of its own and a
token, and its sender waited for the answer before it sent the next one. An answer 200 means that
the postback is on disk; afterwards the rows were counted. Postbacks that wait while a commit is
under way go into the next one together. The aim is 200 postbacks a second, none refused."""

_PANEL = """\
## The panel

{table}

`ticto-inbox` had these orders in an inbox of SQLite, and looked through them once, which took
{index_seconds:.0f} seconds beside whatever else it did. Each page was asked for fifteen times, by
one visitor. The aim is 300 ms."""

_CHANGES = """\
## What would change these figures

- **Other programs on the same account** share its five requests a second. After a 429 the tap waits
  as told, and after several it goes on more slowly, so it takes what they leave. Set
  `requests_per_second` lower to leave them room.
- **Answers slower than 1.5 seconds**: eight requests in flight then no longer fill the pace. Raise
  `max_concurrent_requests`.
- **A network that delivers unevenly**: more 429. Set `requests_per_second` to 4.8, for example.
- **A smaller `page_size`** costs requests in proportion.
- **A higher limit** of the account: set `requests_per_second` to it."""


def performance_page(figures: Figures) -> str:
    """Return the page; what was not measured is left out."""
    return "\n\n".join(_sections(figures)) + "\n"


def _sections(figures: Figures) -> Iterator[str]:
    yield _INTRODUCTION
    yield (
        f"Measured on {figures.measured_on}: {figures.machine}, shared by server, plugin and\n"
        f"other programs."
    )
    if figures.pace:
        yield _PACE.format(
            table=pace_table(figures.pace),
            verdict=_pace_verdict(figures),
            one_at_a_time=ONE_AT_A_TIME,
        )
    if figures.cost:
        yield _COST.format(table=cost_table(figures.cost), costly=_costly(figures))
    if figures.growth:
        yield _GROWTH.format(table=growth_table(figures.growth))
    if figures.cpu:
        yield _CPU.format(table=cpu_table(figures.cpu))
    if figures.memory:
        yield _MEMORY.format(table=memory_table(figures.memory))
    yield from _sections_of_orders(figures)
    yield _CHANGES


def _sections_of_orders(figures: Figures) -> Iterator[str]:
    if figures.target:
        yield _TARGET.format(table=target_table(figures.target))
    if figures.growth and figures.target:
        yield _PEERS.format(table=peers_table(figures.growth[-1], figures.target[0]))
    if figures.shared:
        yield _SHARED.format(table=shared_table(figures.shared))
    if figures.inbox:
        yield _INBOX.format(table=inbox_table(figures.inbox))
    if figures.panel:
        index_seconds = figures.panel[0].index_seconds
        yield _PANEL.format(table=panel_table(figures.panel), index_seconds=index_seconds)


def _pace_verdict(figures: Figures) -> str:
    ours = [one for one in figures.pace if one.scenario != ONE_AT_A_TIME]
    most_refused = max(ours, key=lambda one: one.refused_share)
    missed = [
        f"{one.scenario} at {one.latency_seconds:g} s ({one.share:.1%})"
        for one in ours
        if one.share < _AIM and one.latency_seconds >= _SLOW_SECONDS
    ]
    return (
        f"Missed by: {', '.join(missed) or 'none'}.\nThe highest share of 429 is "
        f"{most_refused.refused_share:.1%} ({most_refused.scenario}, "
        f"{most_refused.latency_seconds:g} s)."
    )


def _costly(figures: Figures) -> str:
    last = figures.cost[-1]
    paths = costly_paths(last)
    if not paths:
        return "With every order honoured and nothing new, no path takes more than three requests."
    shown = ", ".join(f"`{path}` ({requests})" for path, requests in paths.items())
    return (
        f"With every order honoured and nothing new, these paths still take more than three "
        f"requests:\n{shown}; several streams share a path of GraphQL."
    )
