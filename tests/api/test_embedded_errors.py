"""What an error means that comes with status 200."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_activecampaign.api import (
    ApiError,
    BrokenAnswerError,
    NotFoundError,
    RequestRefusedError,
)
from tap_activecampaign.api.embedded_errors import error_within, has_errors
from tap_activecampaign.api.errors import PassingDenialError, RateLimitedError, ServerFaultError

WHAT = "POST ecom/graphql"
DENIED, LIMITED, PASSING = PassingDenialError, RateLimitedError, ServerFaultError
REFUSED, MISSING, BROKEN = RequestRefusedError, NotFoundError, BrokenAnswerError


def coded(code: Any, message: str = "Something went wrong") -> dict[str, Any]:
    return {"errors": [{"message": message, "extensions": {"code": code}}], "data": None}


def said(message: str) -> dict[str, Any]:
    return {"errors": [{"message": message}], "data": None}


@pytest.mark.parametrize(
    ("body", "error"),
    [
        # Codes, wherever and however they are written.
        (coded("FORBIDDEN"), DENIED),
        (coded("forbidden"), DENIED),
        (coded("UNAUTHENTICATED"), DENIED),
        (coded("access-denied"), DENIED),
        ({"errors": [{"extensions": {"http": {"status": 403}}}]}, DENIED),
        ({"errors": [{"extensions": {"classification": "UNAUTHORIZED"}}]}, DENIED),
        ({"errors": [{"errorType": "AccessDenied", "message": "x"}]}, DENIED),
        (coded("INTERNAL_SERVER_ERROR"), PASSING),
        (coded("DOWNSTREAM_SERVICE_ERROR"), PASSING),
        (coded("THROTTLED"), LIMITED),
        (coded("GRAPHQL_VALIDATION_FAILED"), REFUSED),
        (coded("BAD_USER_INPUT"), REFUSED),
        (coded("NOT_FOUND"), MISSING),
        # A code that says something decides. Servers give this one to whatever they do not know.
        (coded("THROTTLED", "Access denied for now"), LIMITED),
        (coded("INTERNAL_SERVER_ERROR", "Access denied"), DENIED),
        # Texts alone.
        (said("Access denied"), DENIED),
        (said("You do not have permission to view orders"), DENIED),
        (said("Not authorized to access searchProduct"), DENIED),
        (said("You are not allowed to do this."), DENIED),
        (said("Rate limit exceeded"), LIMITED),
        (said('Cannot query field "brand" on type "Product".'), REFUSED),
        (said("Field 'images' must have a selection of subfields."), REFUSED),
        (said("Syntax Error: Expected Name"), REFUSED),
        (said("Something went wrong"), PASSING),
        (said("upstream request timeout"), PASSING),
        # Of several, what repeating cannot mend.
        ({"errors": [{"message": "x"}, {"message": "Access denied"}]}, DENIED),
        ({"errors": [{"message": "x"}, {"extensions": {"code": "BAD_REQUEST"}}]}, REFUSED),
        # Other paths than GraphQL, in the shapes of their errors.
        ({"message": "Forbidden"}, DENIED),
        ({"message": "Something went wrong"}, PASSING),
        ({"code": 403, "message": "no"}, DENIED),
        ({"status": "429", "message": "slow down"}, LIMITED),
        ({"error": "Unauthorized"}, DENIED),
        ({"error": {"message": "x", "code": 404}}, MISSING),
        ({"errors": {"limit": "x"}}, PASSING),
        ({"errors": {"limit": {"title": "x", "code": "forbidden"}}}, DENIED),
        ({"errors": "You are not permitted to read this"}, DENIED),
        ({"errors": [{"title": "Contact ID parameter is now required", "code": "422"}]}, REFUSED),
        # No error at all.
        ({}, BROKEN),
        ([], BROKEN),
        (None, BROKEN),
        ("x", BROKEN),
        ({"errors": []}, BROKEN),
        ({"errors": [None, ""]}, BROKEN),
        ({"tags": {}}, BROKEN),
        ({"data": {"searchProduct": None}}, BROKEN),
    ],
)
def test_error_is_told_apart(body: Any, error: type[ApiError]) -> None:
    found = error_within(body, WHAT, 200)
    assert type(found) is error
    assert WHAT in str(found)
    assert found.status == 200


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"errors": [{}]}, True),
        ({"errors": "x"}, True),
        ({"errors": []}, False),
        ({"errors": None}, False),
        ([], False),
        (None, False),
    ],
)
def test_body_has_errors(body: Any, expected: bool) -> None:
    assert has_errors(body) is expected


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["errors", "error", "code", "extensions", "message", "http", "status"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


@given(JSON)
def test_any_body_is_an_error_that_quotes_nothing_of_it(body: Any) -> None:
    message = str(error_within(body, WHAT, 200))
    assert not any(sign.isdigit() for sign in message)
