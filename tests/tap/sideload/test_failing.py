"""What does not come whole with the contacts is read by its own path, in the same run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.below import of_a_deleted_tag
from tests.tap.sideload.family import MEMBERS, RIDERS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sandbox.account import Account
    from tests.sandbox.wire import Request
    from tests.tap.sideload.family import Family

    Open = Callable[..., Family]

pytestmark = pytest.mark.slow

# How the server fails, and what the log says of the streams whose rows do not count.
NEVER: dict[str, tuple[dict[str, Any], str]] = {
    "ignored": ({"includes": ()}, "sends none of its rows with the contacts"),
    "cut off": ({"include_cap": 30}, "name other rows than those that come"),
    "cut off by contact": ({"include_cap_per_contact": 1}, "did not come with their contacts"),
    "in the database's words": ({"include_shape": "raw"}, "another form than its own"),
    "within the contact": ({"include_shape": "nested"}, "sends none of its rows"),
    "not named": ({"include_shape": "unnamed"}, "name other rows than those that come"),
    "too heavy at all": (
        {"include_most_rows": 5, "include_overdue": "status_504"},
        "cannot gather its rows in time",
    ),
}


@pytest.mark.parametrize("fault", NEVER)
def test_every_row_comes_once_whatever_fails(family_with: Open, fault: str) -> None:
    options, reason = NEVER[fault]
    family = family_with(contacts=250, **options)
    run = family.read()
    own = family.by_own_paths()
    for name in RIDERS:
        assert sorted(run.ids(name)) == sorted(own[name]), name
        assert {record["id"]: record for record in run.records[name]} == own[name]
    told = [one for name in RIDERS for one in family.log_of(run, name, "INFO") if reason in one]
    # Not every kind of rows is cut off in an account of this size.
    assert len(told) >= (1 if "cut" in fault else len(RIDERS))
    assert sorted(run.ids("contacts")) == sorted(own["contacts"])


@pytest.mark.parametrize("fault", NEVER)
def test_what_failed_is_not_tried_again_before_the_next_audit(
    family_with: Open, fault: str
) -> None:
    options, _ = NEVER[fault]
    family = family_with(contacts=250, **options)
    family.read()
    tried = [
        name for name in RIDERS if family.bookmark(name)["with_contacts"]["standing"] != "kept"
    ]
    assert tried
    included = {RIDERS[name][0] for name in tried}
    for days in (1, 5):
        family.later(days=days)
        changed = {name: family.change(name, 3) for name in RIDERS}
        run = family.read()
        for one in run.asked("contacts"):
            assert not included & set(one.query.get("include", "").split(","))
        for name in RIDERS:
            assert changed[name] in run.ids(name)
            assert family.lacking(name) == set()
    family.later(days=7)
    asked = {name for one in family.read().asked("contacts") for name in includes(one.query)}
    assert included <= asked


def includes(query: dict[str, str]) -> list[str]:
    return [name for name in query.get("include", "").split(",") if name]


@pytest.mark.parametrize("fault", NEVER)
def test_contacts_do_not_name_ids_that_may_lack_some(family_with: Open, fault: str) -> None:
    options, _ = NEVER[fault]
    family = family_with(contacts=250, **options)
    run = family.read()
    columns = {"contact_tags": "contactTags", "contact_lists": "contactLists"}
    for column, collection in columns.items():
        by_contact: dict[int, list[int]] = {}
        for record in run.records[column]:
            by_contact.setdefault(record["contact"], []).append(record["id"])
        for contact in run.records["contacts"]:
            if contact[column] is not None:
                assert sorted(contact[column]) == sorted(by_contact.get(contact["id"], [])), (
                    collection
                )


@pytest.mark.parametrize("overdue", ["status_504", "timeout"])
def test_pages_that_are_too_heavy_are_asked_for_in_halves(family_with: Open, overdue: str) -> None:
    family = family_with(
        contacts=250,
        include_most_rows=200,
        include_overdue=overdue,
        include_hang_seconds=0.5,
    ).without_gone_tags()
    run = family.read(request_timeout_seconds=0.25)
    own = family.by_own_paths()
    for name in RIDERS:
        assert sorted(run.ids(name)) == sorted(own[name])
        assert family.bookmark(name)["with_contacts"]["standing"] == "kept"
        assert len(run.asked(RIDERS[name][0])) == 1
    asked = [int(one.query["limit"]) for one in run.asked("contacts") if "include" in one.query]
    assert {100, 50} <= set(asked)
    # Nine in ten contacts are asked for at the size that was found to work.
    assert len(asked) <= 2 * 250 / min(asked) + 8


def test_rows_of_a_tag_that_is_gone_are_read_by_their_own_path_once(family_with: Open) -> None:
    family = family_with(contacts=400)
    run = family.read()
    own = family.by_own_paths()
    assert sorted(run.ids("contact_tags")) == sorted(own["contact_tags"])
    remembered = family.bookmark("contact_tags")["with_contacts"]
    assert remembered["standing"] == "kept"
    assert remembered["gone"] > 0
    assert len(run.asked("contactTags")) > 2
    family.later(days=8)
    audit = family.read()
    # Whether as many rows are gone as before.
    assert len(audit.asked("contactTags")) == 1
    assert family.bookmark("contact_tags")["with_contacts"]["gone"] == remembered["gone"]


def test_rows_that_come_while_a_pass_is_checked_are_not_taken_for_rows_of_what_is_gone(
    family_with: Open,
) -> None:
    family = family_with(contacts=150)
    tags = family.account.rows("contactTags")
    gone = sum(of_a_deleted_tag(family.account, row) for row in tags)

    def add_when_asked_again(request: Request, account: Account) -> None:
        del account
        if request.path.endswith("/contactTags") and request.query.params.get("limit") == "1":
            asked.append(request.path)
            if len(asked) == 2:
                for position in range(3):
                    family.change("contact_tags", position)

    asked: list[str] = []
    family.sandbox.hook(add_when_asked_again)
    family.read()
    assert len(asked) == 2
    assert family.bookmark("contact_tags")["with_contacts"]["gone"] == gone > 0


def test_rows_whose_tag_goes_between_two_audits_are_found_out_by_the_next(
    family_with: Open,
) -> None:
    family = family_with(contacts=400).without_gone_tags()
    family.read()
    assert family.bookmark("contact_tags")["with_contacts"]["gone"] == 0
    family.later(days=8)
    tag = family.account.rows("contactTags")[0]["tag"]
    family.account.delete("tags", tag)
    gone = sum(row["tag"] == tag for row in family.account.rows("contactTags"))
    audit = family.read()
    assert len(audit.asked("contactTags")) > 2
    assert family.bookmark("contact_tags")["with_contacts"] | {"gone": 0} == family.bookmark(
        "contact_tags"
    )["with_contacts"] | {"gone": 0, "standing": "kept"}
    assert family.bookmark("contact_tags")["with_contacts"]["gone"] == gone > 0
    family.later(days=8)
    assert len(family.read().asked("contactTags")) == 1


def test_a_fault_in_the_middle_of_a_pass_loses_and_repeats_nothing(family_with: Open) -> None:
    family = family_with(contacts=450).without_gone_tags()

    def cut_off_after_two_pages(request: Request, account: Account) -> None:
        del account
        if request.path.endswith("/contacts") and len(family.sandbox.requests) > 4:
            family.sandbox.behaviour.includes = ("contactTags",)

    family.sandbox.hook(cut_off_after_two_pages)
    run = family.read()
    own = family.by_own_paths()
    for name in RIDERS:
        assert sorted(run.ids(name)) == sorted(own[name])
    assert family.bookmark("contact_lists")["with_contacts"]["standing"] == "failed"
    assert family.bookmark("contact_tags")["with_contacts"]["standing"] == "kept"


def test_contacts_that_may_not_be_read_take_nothing_else_with_them(family_with: Open) -> None:
    family = family_with(forbidden=("contacts",))
    run = family.read()
    own = family.by_own_paths(*RIDERS)
    for name in RIDERS:
        assert sorted(run.ids(name)) == sorted(own[name])
    assert run.records.get("contacts", []) == []
    assert [one for one in family.log_of(run, "contacts", "WARNING") if "is skipped" in one]


@pytest.mark.parametrize("streams", [tuple(RIDERS), MEMBERS], ids=["riders", "all"])
def test_an_audit_in_which_contacts_may_not_be_read_takes_nothing_else_with_it(
    family_with: Open, streams: tuple[str, ...]
) -> None:
    family = family_with(contacts=150).without_gone_tags()
    family.read(*streams)
    family.later(days=8)
    changed = {name: family.change(name, 5) for name in RIDERS}
    family.sandbox.behaviour.forbidden = ("contacts",)
    run = family.read(*streams)
    for name in RIDERS:
        assert changed[name] in run.ids(name)
        assert family.log_of(run, name, "WARNING") == []


def test_a_rider_that_may_not_be_read_is_skipped_and_takes_nothing_with_it(
    family_with: Open,
) -> None:
    family = family_with(forbidden=("contactTags",)).without_gone_tags()
    run = family.read()
    own = family.by_own_paths("contacts", "contact_lists")
    assert run.records["contact_tags"] == []
    assert [one for one in family.log_of(run, "contact_tags", "WARNING") if "is skipped" in one]
    for name, records in own.items():
        assert sorted(run.ids(name)) == sorted(records)


def test_contacts_that_come_in_no_order_of_ids_bring_their_rows_by_offset(
    family_with: Open,
) -> None:
    family = family_with(contacts=350).without_gone_tags()
    spec = family.account.collection("contacts").spec
    family.ignore_filters("contacts")
    family.account.collection("contacts").spec = type(spec)(
        **{**vars(spec), "params": {}, "filters": {}, "orders": {}, "order": "scrambled"}
    )
    run = family.read()
    own = family.by_own_paths()
    for name in MEMBERS:
        assert sorted(run.ids(name)) == sorted(own[name])


def test_no_temporary_file_can_be_made_and_nothing_is_lost(
    family_with: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    family = family_with(contacts=250)
    run = family.read()
    own = family.by_own_paths()
    for name in MEMBERS:
        assert sorted(run.ids(name)) == sorted(own[name])
    told = [one for name in RIDERS for one in family.log_of(run, name, "INFO")]
    assert sum("No space left on device" in one for one in told) == len(RIDERS)
