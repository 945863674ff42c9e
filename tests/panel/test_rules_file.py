from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from target_activecampaign.panel.rule_edits import Insert, Update
from target_activecampaign.panel.rules_file import (
    Rules,
    RulesChangedError,
    RulesFile,
    RulesFileError,
)

if TYPE_CHECKING:
    from pathlib import Path

    from target_activecampaign.panel.rule_edits import Edit

TEXT = "# mine\nsegmentations:\n  - title: A\n    tags: a\n"


def add(title: str) -> Insert:
    return Insert(("segmentations",), {"title": title, "tags": title.lower()})


def titles(file: RulesFile) -> list[str]:
    return [rule["title"] for rule in file.read().items(("segmentations",))]


def test_a_file_that_does_not_exist_has_no_rules_and_is_made_for_its_owner_only(
    tmp_path: Path,
) -> None:
    file = RulesFile(tmp_path / "rules.yml")
    assert file.read().items(("segmentations",)) == []
    file.change(lambda _: add("A"))
    assert titles(file) == ["A"]
    assert file.path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["rules.yml"]


def test_a_link_still_leads_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    real = tmp_path / "real" / "rules.yml"
    real.write_text(TEXT)
    link = tmp_path / "rules.yml"
    link.symlink_to(real)
    RulesFile(link).change(lambda _: add("B"))
    assert link.is_symlink()
    assert real.read_text().startswith(TEXT)


def test_a_byte_order_mark_and_the_end_of_lines_stay(tmp_path: Path) -> None:
    path = tmp_path / "rules.yml"
    path.write_bytes(b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode())
    RulesFile(path).change(lambda _: add("B"))
    written = path.read_bytes()
    assert written.startswith(b"\xef\xbb\xbf# mine\r\n")
    assert written.count(b"\n") == written.count(b"\r\n")


def test_json_stays_json(tmp_path: Path) -> None:
    path = tmp_path / "rules.json"
    path.write_text('{"segmentations": [{"title": "A", "tags": "a"}]}')
    file = RulesFile(path)
    file.change(lambda _: add("B"))
    assert titles(file) == ["A", "B"]
    assert path.read_text().startswith("{")


@pytest.mark.parametrize("broken", ["a: [", "- 1", "other: 1", "x: &a 1\ny: *a", "a: 1\na: 2"])
def test_a_broken_file_is_neither_read_nor_changed(tmp_path: Path, broken: str) -> None:
    path = tmp_path / "rules.yml"
    path.write_text(broken)
    file = RulesFile(path)
    with pytest.raises(RulesFileError, match="The rule file"):
        file.read()
    with pytest.raises(RulesFileError):
        file.change(lambda _: add("A"))
    assert path.read_text() == broken


def test_nothing_is_written_when_the_edit_was_meant_for_something_else(tmp_path: Path) -> None:
    path = tmp_path / "rules.yml"
    path.write_text(TEXT)

    def refuse(_: Rules) -> Edit:
        raise RulesChangedError

    with pytest.raises(RulesChangedError):
        RulesFile(path).change(refuse)
    assert path.read_text() == TEXT


def test_a_change_by_hand_in_the_middle_of_an_edit_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "rules.yml"
    path.write_text(TEXT)
    file = RulesFile(path)
    seen = []

    def edit_for(rules: Rules) -> Edit:
        seen.append(len(rules.items(("segmentations",))))
        if len(seen) == 1:
            path.write_text(TEXT + "\n  # by hand\n  - title: H\n    tags: h\n")
        return add("B")

    file.change(edit_for)
    assert seen == [1, 2]
    assert titles(file) == ["A", "H", "B"]
    assert "# by hand" in path.read_text()


def test_a_file_that_changes_all_the_time_is_given_up(tmp_path: Path) -> None:
    path = tmp_path / "rules.yml"
    path.write_text(TEXT)
    file = RulesFile(path)

    def edit_for(_: Rules) -> Edit:
        path.write_text(path.read_text() + "# again\n")
        return add("B")

    with pytest.raises(RulesFileError, match="all the time"):
        file.change(edit_for)
    assert titles(file) == ["A"]


def test_many_windows_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "rules.yml"
    path.write_text(TEXT)
    names = [f"R{number}" for number in range(12)]
    threads = [
        threading.Thread(target=lambda name=name: RulesFile(path).change(lambda _: add(name)))
        for name in names
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(titles(RulesFile(path))) == sorted(["A", *names])


def test_the_version_of_an_integration_does_not_change_with_its_rules(tmp_path: Path) -> None:
    path = tmp_path / "rules.yml"
    path.write_text("integrations:\n  - name: A\n    segmentations:\n      - title: R\n")
    file = RulesFile(path)
    place = ("integrations",)
    before = file.read().version(place, 0)
    file.change(lambda _: Insert(("integrations", 0, "segmentations"), {"title": "S"}))
    assert file.read().version(place, 0) == before
    file.change(lambda _: Update(place, 0, {"active": False}))
    assert file.read().version(place, 0) != before


def test_a_directory_that_cannot_be_written_is_told_in_one_sentence(tmp_path: Path) -> None:
    file = RulesFile(tmp_path / "missing" / "rules.yml")
    with pytest.raises(RulesFileError, match="cannot be opened"):
        file.change(lambda _: add("A"))
