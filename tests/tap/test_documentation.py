"""The reference of all streams, as users read it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tap_activecampaign.documentation import reference
from tests.tap.expected_streams import EXPECTED, FULL_TABLE, OPT_IN

DOCS = Path(__file__).parents[2] / "docs" / "streams.md"
TEXT = reference()
SECTIONS = dict(re.findall(r"^### (\w+)\n(.*?)(?=^##|\Z)", TEXT, re.DOTALL | re.MULTILINE))

LINES = (
    r"    \w+ \{",
    r"        \w+ \w+ PK",
    r"    \}",
    r"    \w+ (\|\||\|o|\}o)--o\{ \w+ : \"[\w., \[\]]+\"",
)


def test_reference_in_the_repository_is_up_to_date() -> None:
    assert DOCS.read_text(encoding="utf-8") == TEXT, (
        "Run: python -m tap_activecampaign.documentation > docs/streams.md"
    )


def test_reference_is_the_same_each_time() -> None:
    assert reference() == TEXT


def test_every_stream_has_a_section_and_a_place_in_the_contents() -> None:
    assert sorted(SECTIONS) == list(EXPECTED)
    contents = TEXT.partition("## Contents")[2].partition("\n## ")[0]
    listed = dict(re.findall(r"\[(\w+)\]\(#\w+\)( \*)?", contents))
    assert sorted(listed) == list(EXPECTED)
    assert sorted(name for name, star in listed.items() if star) == list(OPT_IN)


def test_links_lead_somewhere() -> None:
    headings = re.findall(r"^##+ (.*)$", TEXT, re.MULTILINE)
    anchors = {heading.lower().replace(" ", "-") for heading in headings}
    assert set(re.findall(r"\]\(#([^)]+)\)", TEXT)) <= anchors


@pytest.mark.parametrize("name", EXPECTED)
def test_section_tells_how_a_stream_is_read_and_what_it_costs(name: str) -> None:
    facts = dict(re.findall(r"^\| (\w+) \| (.+) \|$", SECTIONS[name], re.MULTILINE))
    assert facts["Path"].startswith(("`GET /api/3/", "`POST /api/3/ecom/graphql"))
    assert facts["Replication"].startswith("Full table" if name in FULL_TABLE else "Incremental on")
    assert facts["Selected"] == ("only if you select it" if name in OPT_IN else "by default")
    assert re.search(r"\d", facts["Requests"])
    columns = re.findall(
        r"^\| `([\w.\[\]]+)` \| ([\w -]+) \| (.+) \|$", SECTIONS[name], re.MULTILINE
    )
    assert columns
    assert all(description for _, _, description in columns)


def test_diagrams_show_streams_and_their_relationships() -> None:
    diagrams = re.findall(r"```mermaid\nerDiagram\n    direction LR\n(.*?)```", TEXT, re.DOTALL)
    assert len(diagrams) == 5
    shown: list[str] = []
    for diagram in diagrams:
        shown += re.findall(r"^    (\w+) \{$", diagram, re.MULTILINE)
        for line in diagram.splitlines():
            assert any(re.fullmatch(form, line) for form in LINES), line
    assert sorted(shown) == list(EXPECTED)
    assert '    contacts |o--o{ contact_tags : "contact"' in TEXT
    assert '    contacts ||--o{ contact_automation_entry_counts : "contact"' in TEXT
    assert '    lists }o--o{ list_exclusions : "lists"' in TEXT
    assert "    deals }o--o{ contacts" not in TEXT
