"""What goes wrong below one parent is that parent's, and keeps no other from being read."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pytest

from tap_activecampaign.api import (
    AccessDeniedError,
    ApiError,
    NotFoundError,
    RequestRefusedError,
)
from tap_activecampaign.api.errors import ServerFaultError
from tap_activecampaign.stream_types.parent_faults import ParentFaults
from tests.answers import AnswerServer, body, rows
from tests.tap.runs import sync

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.answers import Answer
    from tests.tap.runs import Output

pytestmark = [pytest.mark.usefixtures("waits"), pytest.mark.slow]

DENIED, ABSENT = AccessDeniedError("denied", status=403), NotFoundError("absent", status=404)
REFUSED, FAILED = RequestRefusedError("refused", status=422), ServerFaultError("x", status=500)


def asked(faults: ParentFaults, outcomes: Sequence[ApiError | None]) -> int:
    """Ask parent by parent, and return how many were asked before the path was to blame."""
    tried = 0
    with contextlib.suppress(ApiError):
        for number, outcome in enumerate(outcomes):
            tried += 1
            with faults.below(number):
                if outcome is not None:
                    raise outcome
    return tried


@pytest.mark.parametrize(
    ("outcomes", "asked_of", "raised"),
    [
        ([None, DENIED, None], 3, None),
        ([DENIED, DENIED, None, *[DENIED] * 9], 12, None),
        ([None, *[REFUSED] * 9], 10, None),
        # No parent was answered.
        ([DENIED], 1, DENIED),
        ([DENIED, DENIED], 2, DENIED),
        ([*[DENIED] * 3, None], 3, DENIED),
        ([*[ABSENT] * 3, None], 3, None),
        # Deleted meanwhile, as far as can be told.
        ([ABSENT, ABSENT], 2, None),
        ([None, *[ABSENT] * 9], 10, None),
        # Something is lost, whoever else was answered.
        ([None, FAILED, None], 3, FAILED),
        ([FAILED, None, FAILED, FAILED, None], 5, FAILED),
        ([None, *[FAILED] * 9], 4, FAILED),
    ],
)
def test_path_is_to_blame_when_its_parents_cannot_be(
    outcomes: list[ApiError | None], asked_of: int, raised: ApiError | None
) -> None:
    faults = ParentFaults(each_by_itself=False)
    assert asked(faults, outcomes) == asked_of
    if raised is None:
        faults.finish()
    else:
        with pytest.raises(type(raised)):
            faults.finish()


def test_every_parent_is_asked_where_each_has_a_permission_of_its_own() -> None:
    faults = ParentFaults(each_by_itself=True)
    assert asked(faults, [*[DENIED] * 9, None]) == 10
    faults.finish()
    assert faults.denied == list(range(9))


# Runs

SCHEMAS = [f"{number}0000000-0000-4000-8000-000000000000" for number in range(1, 7)]
MOMENT = "2024-02-01T00:00:00.000Z"


def account_of(outcomes: Sequence[int]) -> AnswerServer:
    """Return an account whose schemas are answered with these statuses."""
    answers: dict[str, Answer] = {
        "customObjects/schemas": rows(
            "schemas", [{"id": one, "updatedTimestamp": MOMENT} for one in SCHEMAS[: len(outcomes)]]
        ),
        "tags": rows("tags", [{"id": "1"}]),
    }
    for schema, status in zip(SCHEMAS, outcomes, strict=False):
        records = [{"id": f"r-{schema[0]}", "schemaId": schema, "updatedTimestamp": MOMENT}]
        answers[f"customObjects/records/{schema}"] = (
            rows("records", records) if status == 200 else body({"message": "No"}, status)
        )
    return AnswerServer(answers)


def read(outcomes: Sequence[int], **options: Any) -> Output:
    with account_of(outcomes) as account:
        return sync(account, ["custom_object_records", "tags"], max_retries=1, **options)


@pytest.mark.parametrize(
    "outcomes",
    [
        [403, 200],
        [200, 403],
        [403, 403, 403, 403, 200],
        [200, 422, 401, 200, 403, 403],
    ],
)
def test_records_of_the_other_schemas_are_read_with_one_warning(outcomes: list[int]) -> None:
    output = read(outcomes)
    expected = [f"r-{number}" for number, one in enumerate(outcomes, start=1) if one == 200]
    assert sorted(one["id"] for one in output.records["custom_object_records"]) == expected
    (warning,) = output.logged("may be read", level="WARNING")
    first = SCHEMAS[next(at for at, one in enumerate(outcomes) if one != 200)]
    assert first in warning
    assert output.logged("is skipped") == []
    assert len(output.records["tags"]) == 1


def test_stream_is_skipped_when_no_parent_may_be_read() -> None:
    output = read([403, 403])
    assert output.records["custom_object_records"] == []
    assert len(output.logged("is skipped", level="WARNING")) == 1
    assert output.logged("may be read") == []


def test_stream_fails_after_the_others_were_read_when_a_denial_is_to_fail() -> None:
    output = read([403, 200], unavailable_streams="fail", failures_expected=True)
    assert [one["id"] for one in output.records["custom_object_records"]] == ["r-2"]
    assert isinstance(output.failures["custom_object_records"], AccessDeniedError)
    assert len(output.records["tags"]) == 1


def test_other_parents_are_read_before_the_stream_fails_for_one() -> None:
    output = read([200, 500, 200], failures_expected=True)
    assert [one["id"] for one in output.records["custom_object_records"]] == ["r-1", "r-3"]
    assert isinstance(output.failures["custom_object_records"], ServerFaultError)
    assert "replication_key_value" not in output.state["bookmarks"]["custom_object_records"]
    assert len(output.records["tags"]) == 1


def test_what_was_denied_is_read_whole_once_it_is_permitted() -> None:
    denied = read([403, 200])
    state = denied.state
    assert state["bookmarks"]["custom_object_records"]["denied_parents"] == SCHEMAS[:1]
    state["bookmarks"]["custom_object_records"]["replication_key_value"] = "2025-01-01T00:00:00Z"
    still_denied = read([403, 200], state=state)
    assert still_denied.records["custom_object_records"] == []
    permitted = read([200, 200], state=still_denied.state)
    # Older than the bookmark, which the other schema has moved.
    assert [one["id"] for one in permitted.records["custom_object_records"]] == ["r-1"]
    assert "denied_parents" not in permitted.state["bookmarks"]["custom_object_records"]


@pytest.mark.parametrize("remembered", [5, "x", {}, [None], [{}], [[]]])
def test_remembered_denials_that_make_no_sense_are_forgotten(remembered: Any) -> None:
    state = {"bookmarks": {"custom_object_records": {"denied_parents": remembered}}}
    output = read([200, 200], state=state)
    assert len(output.records["custom_object_records"]) == 2


def test_contacts_below_which_was_denied_are_asked_again() -> None:
    contacts = [{"id": str(one), "udate": "2024-02-01T00:00:00Z"} for one in range(1, 4)]
    answers = {f"contacts/{one}/geoIps": rows("geoIps", [{"id": str(one)}]) for one in (1, 2, 3)}
    answers["contacts"] = rows("contacts", contacts)
    answers["contacts/2/geoIps"] = body({"message": "Forbidden"}, 403)
    with AnswerServer(answers) as account:
        output = sync(account, ["contact_geo_ips"], max_retries=1)
    assert sorted(one["id"] for one in output.records["contact_geo_ips"]) == [1, 3]
    assert "parents_changed_since" not in output.state["bookmarks"]["contact_geo_ips"]


@pytest.mark.parametrize("odd", [None, [], {}, ""], ids=repr)
def test_parent_without_an_id_is_told_of_and_not_asked_for(odd: Any) -> None:
    contacts = [{"id": odd}, {"id": "2"}]
    answers = {"contacts": rows("contacts", contacts), "contacts/2/geoIps": rows("geoIps", [])}
    with AnswerServer(answers) as account:
        output = sync(account, ["contact_geo_ips"])
        assert [path for path in account.asked if path.startswith("contacts/")] == [
            "contacts/2/geoIps"
        ]
    (warning,) = output.logged("below which nothing can be asked", level="WARNING")
    assert "'contacts'" in warning
