"""Errors that GraphQL reports with status 200: denied, passing, partial, and fields refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tap_activecampaign.api import RequestRefusedError
from tap_activecampaign.api.errors import ServerFaultError
from tests.answers import AnswerServer, body, rows
from tests.tap.runs import sync

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.answers import Answer

pytestmark = pytest.mark.slow

PRODUCT = {"id": "p1", "name": "A product"}
STREAMS = ("ecommerce_products", "tags")


def found(*products: Any, errors: Any = None) -> dict[str, Any]:
    return {"data": {"searchProduct": list(products)}, **({"errors": errors} if errors else {})}


def failed(message: str, code: str = "", **more: Any) -> dict[str, Any]:
    extensions = {"extensions": {"code": code}} if code else {}
    return {"data": None, "errors": [{"message": message, **extensions, **more}]}


def first(*answers: Any) -> Answer:
    """Answer with each of these once, and with the last one from then on."""
    left: Iterator[Any] = iter(answers[:-1])

    def answer(_query: dict[str, str]) -> tuple[int, bytes]:
        return 200, json.dumps(next(left, answers[-1])).encode()

    return answer


def account_of(answer: Answer) -> AnswerServer:
    return AnswerServer({"ecom/graphql": answer, "tags": rows("tags", [{"id": "1"}])})


@pytest.mark.usefixtures("waits")
@pytest.mark.parametrize(
    "denial",
    [
        failed("Access denied", "FORBIDDEN"),
        failed("You do not have permission to search products"),
        {"data": {"searchProduct": None}, "errors": [{"message": "Unauthorized"}]},
        {"message": "Forbidden"},
    ],
)
def test_search_that_is_denied_is_skipped_with_one_warning(denial: dict[str, Any]) -> None:
    with account_of(body(denial)) as account:
        output = sync(account, STREAMS, max_retries=1)
    assert output.records["ecommerce_products"] == []
    assert len(output.records["tags"]) == 1
    assert len(output.logged("is skipped", level="WARNING")) == 1


@pytest.mark.usefixtures("waits")
@pytest.mark.parametrize(
    "fault",
    [
        failed("Internal server error", "INTERNAL_SERVER_ERROR"),
        failed("Something went wrong"),
        failed("Too many requests", "THROTTLED"),
        {"data": {}},
        {"data": None},
    ],
)
def test_fault_that_passes_is_repeated(fault: dict[str, Any]) -> None:
    with account_of(first(fault, fault, found(PRODUCT))) as account:
        output = sync(account, STREAMS)
        assert account.asked.count("ecom/graphql") == 3
    assert [record["id"] for record in output.records["ecommerce_products"]] == ["p1"]
    assert output.logged("is skipped") == []


@pytest.mark.usefixtures("waits")
def test_fault_that_lasts_fails_its_stream_alone() -> None:
    with account_of(body(failed("Something went wrong"))) as account:
        output = sync(account, STREAMS, max_retries=2, failures_expected=True)
        assert account.asked.count("ecom/graphql") == 3
    assert isinstance(output.failures["ecommerce_products"], ServerFaultError)
    assert len(output.records["tags"]) == 1


def test_rows_beside_errors_are_taken_and_the_errors_told_once() -> None:
    errors = [{"message": "A resolver failed", "extensions": {"code": "DOWNSTREAM_ERROR"}}]
    with account_of(body(found(PRODUCT, None, errors=errors))) as account:
        output = sync(account, STREAMS)
        assert account.asked.count("ecom/graphql") == 1
    assert [record["id"] for record in output.records["ecommerce_products"]] == ["p1"]
    (warning,) = output.logged("reports errors beside the rows", level="WARNING")
    assert "DOWNSTREAM_ERROR" in warning
    assert len(output.logged("without a usable primary key", level="WARNING")) == 1


def test_errors_beside_the_rows_of_other_paths_are_told_as_well() -> None:
    content = {"tags": [{"id": "1"}], "errors": [{"code": "partial"}], "meta": {"total": "1"}}
    with AnswerServer({"tags": body(content)}) as account:
        output = sync(account, ["tags"])
    assert len(output.records["tags"]) == 1
    (warning,) = output.logged("reports errors beside the rows", level="WARNING")
    assert "partial" in warning


@pytest.mark.usefixtures("waits")
@pytest.mark.parametrize(
    "refusal",
    [
        failed('Cannot query field "upc" on type "Product".', "GRAPHQL_VALIDATION_FAILED"),
        failed("Cannot query field 'upc' on type 'Product'."),
        failed("Not authorized to access field 'upc'", "FORBIDDEN"),
    ],
)
def test_field_that_is_refused_is_asked_for_no_more(refusal: dict[str, Any]) -> None:
    def answer(method: str, target: str, sent: bytes) -> tuple[int, bytes]:
        del method
        if target.endswith("users/me"):
            return 200, b"{}"
        is_asked = b" upc " in sent
        return 200, json.dumps(refusal if is_asked else found({"id": "p1"})).encode()

    account = account_of(body({}))
    account.answer = answer  # type: ignore[method-assign]
    with account:
        output = sync(account, ["ecommerce_products"], max_retries=0)
    assert [record["id"] for record in output.records["ecommerce_products"]] == ["p1"]
    assert len(output.logged("does not offer the property 'upc'", level="WARNING")) == 1


def test_query_that_is_refused_for_no_field_fails_its_stream_at_once() -> None:
    refusal = failed("Syntax Error: Unexpected Name", "GRAPHQL_PARSE_FAILED")
    with account_of(body(refusal)) as account:
        output = sync(account, STREAMS, failures_expected=True)
        assert account.asked.count("ecom/graphql") == 1
    assert isinstance(output.failures["ecommerce_products"], RequestRefusedError)
    assert len(output.records["tags"]) == 1
