"""What is told of an error, and of the server's clock."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_activecampaign.api import ApiError
from tap_activecampaign.api.responses import clock_ahead

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["errors", "code", "source", "pointer", "title"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("body", "reasons"),
    [
        (None, ()),
        ("upstream error", ()),
        ({"message": "No Result found for Subscriber with id 7"}, ()),
        ({"errors": "Bulk operation failed for ana@example.com"}, ()),
        ({"errors": []}, ()),
        ({"errors": [{"code": "duplicate"}]}, ("duplicate",)),
        (
            {"errors": [{"code": "field_missing", "source": {"pointer": "/data/attributes/tag"}}]},
            ("field_missing", "/data/attributes/tag"),
        ),
        ({"errors": [{"code": "a"}, {"code": "b"}]}, ("a", "b")),
        # What may quote what was sent.
        ({"errors": [{"title": "ana@example.com is not valid", "detail": "x"}]}, ()),
        ({"errors": [{"code": "ana@example.com"}]}, ()),
        ({"errors": [{"code": "7", "source": {"pointer": "/data/7"}}]}, ()),
        ({"errors": [{"code": 7, "source": "x"}, "text", None]}, ()),
    ],
)
def test_error_tells_codes_and_pointers_alone(body: Any, reasons: tuple[str, ...]) -> None:
    error = ApiError("Something failed", body=body)
    assert error.reasons == reasons
    told = f" ({', '.join(reasons)})" if reasons else ""
    assert str(error) == f"Something failed{told}"


@given(JSON | st.fixed_dictionaries({"errors": JSON}))
def test_error_of_any_body_quotes_nothing_personal(body: Any) -> None:
    message = str(ApiError("Something failed", status=422, body=body))
    assert "@" not in message
    assert not any(sign.isdigit() for sign in message)


@pytest.mark.parametrize("header", [None, "", "yesterday", "Mon, 01 Jan 2024 00:00:00 -0000"])
def test_clocks_are_taken_to_agree_when_the_server_does_not_tell(header: str | None) -> None:
    assert clock_ahead(header) == timedelta(0)


@pytest.mark.parametrize(("hours", "least"), [(-5, 5), (0, 0), (5, 0)])
def test_clock_is_ahead_of_an_earlier_date_and_never_behind(hours: int, least: int) -> None:
    date = datetime.now(timezone.utc) + timedelta(hours=hours)
    ahead = clock_ahead(format_datetime(date, usegmt=True))
    assert timedelta(hours=least) <= ahead < timedelta(hours=least, minutes=1)
