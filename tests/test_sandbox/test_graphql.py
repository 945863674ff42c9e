from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.test_sandbox.client import Client


def _ask(client: Client, query: str, **variables: Any) -> Any:
    response = client.post("ecom/graphql", {"query": query, "variables": variables})
    assert response.status_code == 200
    return response.json()


@pytest.mark.parametrize("name", ["searchProduct", "searchRecurringPayment", "searchOrder"])
def test_search_when_paged_by_variables_or_inline(serve: Callable[..., Client], name: str) -> None:
    client = serve(contacts=600)
    wanted = [row["id"] for row in client.account.rows(name)]
    inline = f"{{ {name}(filter: {{pagination: {{offset: 3, limit: 4}}}}) {{ id }} }}"
    rows = _ask(client, inline)["data"][name]
    assert rows == [{"id": one} for one in wanted[3:7]]
    whole = f"query Page($f: SearchFilter!) {{ rows: {name}(filter: $f) {{ id }} }}"
    page = {"pagination": {"offset": 0, "limit": 500}}
    found = _ask(client, whole, f=page)["data"]["rows"]
    assert [row["id"] for row in found] == wanted[:100]
    paging = "filter: {pagination: {offset: $o, limit: $l}}"
    parts = f"query P($o: Int, $l: Int) {{ {name}({paging}) {{ id }} }}"
    assert len(_ask(client, parts, o=len(wanted) - 1, l=20)["data"][name]) == 1


def test_search_when_filtered_by_a_stamp(serve: Callable[..., Client]) -> None:
    client = serve(contacts=600)
    rows = client.account.rows("searchProduct")
    bound = sorted(row["variantStoreModifiedDate"] for row in rows)[5]
    query = (
        "query Q($v: String!) { searchProduct(filter: {pagination: {limit: 100, offset: 0},"
        " variantStoreModifiedDate: {value: $v, filterOperator: GTE, sort: ASC}})"
        " { id variantStoreModifiedDate attributes } }"
    )
    found = _ask(client, query, v=bound)["data"]["searchProduct"]
    stamps = [row["variantStoreModifiedDate"] for row in found]
    assert stamps == sorted(row["variantStoreModifiedDate"] for row in rows)[5:]
    client.account.touch("searchProduct", rows[2]["id"])
    changed = _ask(client, query, v="2026-01-01T00:00:00Z")["data"]["searchProduct"]
    assert [row["id"] for row in changed] == [rows[2]["id"]]


def test_search_when_fields_are_nested_answers_those_asked_for(
    serve: Callable[..., Client],
) -> None:
    query = "{ searchOrder { id lineItems { name quantity } billingAddress { city } notes } }"
    rows = _ask(serve(), query)["data"]["searchOrder"]
    assert set(rows[0]) == {"id", "lineItems", "billingAddress", "notes"}
    assert set(rows[0]["lineItems"][0]) == {"name", "quantity"}
    assert set(rows[0]["billingAddress"]) == {"city"}


@pytest.mark.parametrize(
    "query",
    [
        "{ searchProduct { nothing } }",
        "{ searchProduct }",
        "{ nothing { id } }",
        "{ searchProduct { id ",
        "{ searchOrder { lineItems } }",
        "mutation { bulkUpsert { id } }",
        "{ searchProduct(filter: {nothing: {value: 1}}) { id } }",
        "%",
    ],
)
def test_search_when_the_document_is_wrong_is_200_with_errors(
    serve: Callable[..., Client], query: str
) -> None:
    body = _ask(serve(), query)
    assert body["errors"][0]["message"]
    assert "data" not in body


@pytest.mark.parametrize(
    "query",
    [
        "{ searchProduct(filter: {pagination: {offset: 0, limit: 9}}) { id, variantName } }",
        "{searchProduct(filter:{pagination:{offset:0 limit:9}}){id variantName}}",
        "query,Q,{,searchProduct(filter: {pagination: {,limit: 9,}},){,id,,variantName,},}",
    ],
)
def test_search_when_written_with_or_without_commas_is_the_same(
    serve: Callable[..., Client], query: str
) -> None:
    client = serve(contacts=600)
    rows = client.account.rows("searchProduct")[:9]
    wanted = [{"id": row["id"], "variantName": row["variantName"]} for row in rows]
    assert _ask(client, query)["data"]["searchProduct"] == wanted


def test_search_when_nested_fields_are_there_or_null_answers_both(
    serve: Callable[..., Client],
) -> None:
    query = "{ searchProduct { baseProductImages { url } baseProductDimensions { width } } }"
    rows = _ask(serve(), query)["data"]["searchProduct"]
    pictures = [row["baseProductImages"] for row in rows]
    sizes = [row["baseProductDimensions"] for row in rows]
    assert None in pictures
    assert None in sizes
    assert [{"url": "https://img.example.com/livro.png"}] in pictures
    assert {"width": 14.8} in sizes
