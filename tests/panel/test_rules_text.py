from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from target_activecampaign.panel.rule_edits import Delete, Edit, Insert, Update
from target_activecampaign.panel.rules_lines import UneditableTextError
from target_activecampaign.panel.rules_text import edited_json, edited_yaml

RULES = ("segmentations",)
TEXTS = st.sampled_from(
    ["Alunos", "a;b", "no", "1:30", "[Assinatura] - Cancelada", "007", "olá, você", "x # y", "a: b"]
) | st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1, max_size=12)
VALUES = (
    TEXTS
    | st.booleans()
    | st.integers(0, 99_999)
    | st.lists(TEXTS | st.integers(0, 99_999), min_size=1, max_size=3)
    | st.dictionaries(TEXTS, TEXTS, min_size=1, max_size=2)
)


def quoted(text: str, style: str) -> str:
    if style == "single":
        return "'" + text.replace("'", "''") + "'"
    return json.dumps(text, ensure_ascii=style == "escaped")


@st.composite
def rules_as_people_write_them(draw: st.DrawFn) -> list[list[str]]:
    """Draw the lines of each rule: comments, quotes, blanks and lists in many ways."""
    column = draw(st.sampled_from([0, 2, 4]))
    rules = []
    for number in range(draw(st.integers(1, 4))):
        comments = [" " * column + f"# about {number}"] if draw(st.booleans()) else []
        keys = [f"title: {draw(st.sampled_from(['', '  ']))}Rule {number}"]
        if draw(st.booleans()):
            style = draw(st.sampled_from(["single", "double", "escaped"]))
            text = draw(TEXTS)
            keys.append(f"tags:   {quoted(text, style)}  # tags of {number}")
        if draw(st.booleans()):
            offset = draw(st.sampled_from([0, 2, 3]))
            members = [" " * offset + f"- {code}  # offer {code}" for code in ("O1", "O2")]
            keys += ["offers:", *members]
        if draw(st.booleans()):
            keys.append("fields: {CPF: customer.cpf , X : order.id}")
        if draw(st.booleans()):
            keys += ["list: |", "  # no comment", "  Alunos"]
        dashed = [" " * column + "- " + keys[0], *(" " * (column + 2) + key for key in keys[1:])]
        if draw(st.booleans()):
            dashed.append(" " * (column + 2) + f"# still about {number}")
        rules.append([*comments, *dashed])
    return rules


def text_of(rules: list[list[str]], *, parted: bool, newline: str) -> str:
    lines = ["# my rules", "", "segmentations:  # all of them"]
    for position, rule in enumerate(rules):
        lines += ([""] if parted and position else []) + rule
    return newline.join([*lines, "# the end", ""])


FILES = st.builds(
    lambda rules, parted, newline: (rules, text_of(rules, parted=parted, newline=newline)),
    rules_as_people_write_them(),
    st.booleans(),
    st.sampled_from(["\n", "\r\n"]),
)


def is_subsequence(wanted: list[str], lines: list[str]) -> bool:
    rest = iter(lines)
    return all(line in rest for line in wanted)


@settings(max_examples=40, deadline=None)
@given(FILES, st.data())
def test_other_rules_keep_every_character_when_one_is_edited(
    file: tuple[list[list[str]], str], data: st.DataObject
) -> None:
    rules, text = file
    index = data.draw(st.integers(0, len(rules) - 1))
    changes = data.draw(st.dictionaries(st.sampled_from(["tags", "offers", "new"]), VALUES))
    wanted = yaml.safe_load(text)
    wanted["segmentations"][index] |= changes

    edited = edited_yaml(text, Update(RULES, index, changes))

    assert yaml.safe_load(edited) == wanted
    untouched = [line for position, rule in enumerate(rules) if position != index for line in rule]
    kept = ["# my rules", "segmentations:  # all of them", *untouched, "# the end"]
    assert is_subsequence(kept, edited.splitlines())
    own = [line for line in rules[index] if f"about {index}" in line or "title" in line]
    assert is_subsequence(own, edited.splitlines())
    assert ("\r\n" in edited) == ("\r\n" in text)
    assert edited.count("\n") == edited.count("\r\n") or "\r\n" not in text


@settings(max_examples=40, deadline=None)
@given(FILES, st.data())
def test_only_the_rule_and_its_comments_go_when_one_is_deleted(
    file: tuple[list[list[str]], str], data: st.DataObject
) -> None:
    rules, text = file
    index = data.draw(st.integers(0, len(rules) - 1))
    wanted = yaml.safe_load(text)
    del wanted["segmentations"][index]

    edited = edited_yaml(text, Delete(RULES, index))

    assert yaml.safe_load(edited) == wanted
    kept = [line for position, rule in enumerate(rules) if position != index for line in rule]
    lines = [line for line in edited.splitlines() if line]
    heading = "segmentations:  # all of them" if kept else "segmentations: []  # all of them"
    assert lines == ["# my rules", heading, *kept, "# the end"]


@settings(max_examples=40, deadline=None)
@given(FILES, st.dictionaries(st.sampled_from(["title", "tags", "fields"]), VALUES, min_size=1))
def test_every_line_stays_when_a_rule_is_added(
    file: tuple[list[list[str]], str], item: dict[str, Any]
) -> None:
    _, text = file
    wanted = yaml.safe_load(text)
    wanted["segmentations"].append(item)

    edited = edited_yaml(text, Insert(RULES, item))

    assert yaml.safe_load(edited) == wanted
    assert is_subsequence(text.splitlines(), edited.splitlines())


@settings(max_examples=40, deadline=None)
@given(FILES)
def test_an_update_that_changes_nothing_leaves_the_file_as_it_is(
    file: tuple[list[list[str]], str],
) -> None:
    _, text = file
    assert edited_yaml(text, Update(RULES, 0, {})) == text


INTEGRATION = """\
integrations:
  # our best
  - name: Clube  # de inglês
    products: [70020]
    segmentations:
      # first
      - title: 'Sócio'
        tags: socio
"""


@pytest.mark.parametrize(
    ("text", "edit", "expected"),
    [
        (
            INTEGRATION,
            Update(("integrations",), 0, {"api_url": "https://x.example", "name": "Clube 2"}),
            INTEGRATION.replace("Clube  # de", "Clube 2 # de").replace(
                "    segmentations", "    api_url: https://x.example\n    segmentations"
            ),
        ),
        (
            INTEGRATION,
            Insert(("integrations", 0, "segmentations"), {"title": "B", "tags": "b"}),
            INTEGRATION + "\n      - title: B\n        tags: b\n",
        ),
        (
            INTEGRATION,
            Insert(RULES, {"title": "B", "products": [1]}),
            INTEGRATION + "\nsegmentations:\n  - title: B\n    products: [1]\n",
        ),
        ("", Insert(RULES, {"title": "no"}), 'segmentations:\n  - title: "no"\n'),
        (
            "# mine\nsegmentations: []  # none yet\n",
            Insert(RULES, {"title": "A"}),
            "# mine\nsegmentations:  # none yet\n  - title: A\n",
        ),
        (
            "integrations:\n- name: A\n",
            Insert(("integrations", 0, "segmentations"), {"title": "R"}),
            "integrations:\n- name: A\n  segmentations:\n    - title: R\n",
        ),
        (
            "segmentations: [{title: A, tags: b}]\n",
            Insert(RULES, {"title": "B", "tags": "c"}),
            "segmentations: [{title: A, tags: b}, {title: B, tags: c}]\n",
        ),
        (
            "segmentations:\n  -\n    title: A\n    tags: b # x\n",
            Update(RULES, 0, {"tags": "c"}),
            "segmentations:\n  - title: A\n    tags: c # x\n",
        ),
        (
            "segmentations:\n  - title: A\n    tags: b",
            Insert(RULES, {"title": "B"}),
            "segmentations:\n  - title: A\n    tags: b\n\n  - title: B\n",
        ),
    ],
)
def test_a_file_reads_as_a_person_would_write_it(text: str, edit: Edit, expected: str) -> None:
    assert edited_yaml(text, edit) == expected


@pytest.mark.parametrize("text", ["a: [", "segmentations: text\n", "- 1\n", "a: 1\n---\nb: 2\n"])
def test_what_is_no_rule_file_is_refused(text: str) -> None:
    with pytest.raises(UneditableTextError):
        edited_yaml(text, Insert(RULES, {"title": "A"}))


def test_json_keeps_its_order_and_indentation() -> None:
    text = '{\n    "segmentations": [\n        {"title": "Á"}\n    ]\n}\n'
    edited = edited_json(text, Update(RULES, 0, {"tags": "b"}))
    assert json.loads(edited) == {"segmentations": [{"title": "Á", "tags": "b"}]}
    assert edited.startswith('{\n    "segmentations"')
    assert "Á" in edited
