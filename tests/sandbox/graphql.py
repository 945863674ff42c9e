"""The e-commerce GraphQL endpoint: enough of the language for its searches."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.sandbox.choose import Keys, sorter
from tests.sandbox.query import MAX_LIMIT
from tests.sandbox.wire import Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.sandbox.account import Account
    from tests.sandbox.spec import Row, Test
    from tests.sandbox.wire import Request

SEARCHES = ("searchOrder", "searchProduct", "searchRecurringPayment")
_JSON_FIELDS = {"attributes"}
_TOKENS = re.compile(
    r'"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?|\$?[A-Za-z_]\w*|[{}()\[\]:!=@|]|\.\.\.|[\s,]+|#[^\n]*'
)


class GraphQLError(Exception):
    """What is wrong with a document."""


@dataclass
class Selected:
    """A field that was asked for."""

    name: str
    alias: str = ""
    arguments: Row = field(default_factory=dict)
    fields: list[Selected] = field(default_factory=list)


class _Parser:
    def __init__(self, text: str, variables: Row) -> None:
        self._tokens = [part for part in _tokens(text) if part.strip(" \t\r\n,") and part[0] != "#"]
        self._at = 0
        self._variables = variables

    def document(self) -> list[Selected]:
        if self._peek() in ("query", "mutation", "subscription"):
            if self._next() != "query":
                raise GraphQLError("Only queries are supported")
            if self._peek() not in ("(", "{"):
                self._next()
            if self._peek() == "(":
                while self._next() != ")":
                    pass
        return self._selection()

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _next(self) -> str:
        token = self._peek()
        if not token:
            raise GraphQLError("Syntax Error: Unexpected <EOF>")
        self._at += 1
        return token

    def _expect(self, token: str) -> None:
        found = self._next()
        if found != token:
            raise GraphQLError(f"Syntax Error: Expected {token}, found {found}")

    def _selection(self) -> list[Selected]:
        self._expect("{")
        chosen: list[Selected] = []
        while self._peek() != "}":
            one = Selected(self._next())
            if self._peek() == ":":
                self._next()
                one.alias, one.name = one.name, self._next()
            if self._peek() == "(":
                self._next()
                while self._peek() != ")":
                    name = self._next()
                    self._expect(":")
                    one.arguments[name] = self._value()
                self._next()
            if self._peek() == "{":
                one.fields = self._selection()
            chosen.append(one)
        self._next()
        return chosen

    def _value(self) -> Any:
        token = self._next()
        if token == "{":
            inner: Row = {}
            while self._peek() != "}":
                name = self._next()
                self._expect(":")
                inner[name] = self._value()
            self._next()
            return inner
        if token == "[":
            items = []
            while self._peek() != "]":
                items.append(self._value())
            self._next()
            return items
        if token.startswith("$"):
            return self._variables.get(token[1:])
        return _literal(token)


def _literal(token: str) -> Any:
    if token.startswith('"'):
        return re.sub(r"\\(.)", r"\1", token[1:-1])
    words = {"true": True, "false": False, "null": None}
    if token in words:
        return words[token]
    if re.fullmatch(r"-?\d+", token):
        return int(token)
    if re.fullmatch(r"-?\d+\.\d+", token):
        return float(token)
    return token


def _tokens(text: str) -> list[str]:
    at, found = 0, []
    while at < len(text):
        match = _TOKENS.match(text, at)
        if match is None:
            raise GraphQLError(f"Syntax Error: Unexpected character {text[at]!r}")
        found.append(match[0])
        at = match.end()
    return found


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "EQ": lambda have, want: bool(have == want),
    "LT": lambda have, want: bool(have < want),
    "LTE": lambda have, want: bool(have <= want),
    "GT": lambda have, want: bool(have > want),
    "GTE": lambda have, want: bool(have >= want),
    "CONTAINS": lambda have, want: str(want).lower() in str(have).lower(),
    "IN": lambda have, want: have in want,
}


class GraphQL:
    """Answers searches; whatever is wrong is 200 with `errors`.

    Args:
        account: the account.
    """

    def __init__(self, account: Account) -> None:
        self._account = account

    def answer(self, request: Request) -> Reply:
        """Return the answer to a POST."""
        body = request.body if isinstance(request.body, dict) else {}
        try:
            chosen = _Parser(str(body.get("query") or ""), body.get("variables") or {}).document()
            data = {one.alias or one.name: self._search(one) for one in chosen}
        except GraphQLError as error:
            return Reply(200, {"errors": [{"message": str(error)}]})
        return Reply(200, {"data": data})

    def _search(self, search: Selected) -> list[Row]:
        if search.name not in SEARCHES:
            raise GraphQLError(f'Cannot query field "{search.name}" on type "Query".')
        filters = dict(search.arguments.get("filter") or {})
        paging = filters.pop("pagination", None) or {}
        keys = self._keys(search.name, filters)
        offset = int(paging.get("offset") or 0)
        limit = min(int(paging.get("limit") or 20), MAX_LIMIT)
        if not search.fields:
            raise GraphQLError(f'Field "{search.name}" must have a selection of subfields.')
        collection = self._account.collection(search.name)
        page = [collection.row(key) or {} for key in keys[offset : offset + limit]]
        return [_shown(row, search.fields, search.name) for row in page]

    def _keys(self, name: str, filters: Row) -> Sequence[int]:
        collection = self._account.collection(name)
        if not filters:
            return Keys(collection)
        example = collection.row(collection.key_at(0)) or {}
        tests = [_test(name, example, column, rule or {}) for column, rule in filters.items()]
        orders = [
            (column, str(rule["sort"]).upper() == "DESC")
            for column, rule in filters.items()
            if rule and rule.get("sort")
        ]
        return collection.select(
            f"graphql:{json.dumps(filters, sort_keys=True)}",
            lambda row: all(test(row) for test in tests),
            sorter(self._account, orders) if orders else None,
            None,
        )


def _test(search: str, example: Row, name: str, rule: Row) -> Test:
    if name not in example:
        raise GraphQLError(f'Field "{name}" is not defined by type "{search}Filter".')
    if "value" not in rule:
        return lambda _row: True
    operator = str(rule.get("filterOperator") or "EQ")
    if operator not in _COMPARE:
        raise GraphQLError(f'Value "{operator}" does not exist in "FilterOperator" enum.')
    compare, wanted = _COMPARE[operator], rule["value"]
    return lambda row: row[name] is not None and compare(row[name], wanted)


def _shown(row: Row, fields: list[Selected], kind: str) -> Row:
    shown: Row = {}
    for one in fields:
        if one.name == "__typename":
            shown[one.alias or one.name] = kind
            continue
        if one.name not in row:
            raise GraphQLError(f'Cannot query field "{one.name}" on type "{kind}".')
        shown[one.alias or one.name] = _part(row[one.name], one)
    return shown


def _part(value: Any, asked: Selected) -> Any:
    inner = value[0] if isinstance(value, list) and value else value
    if isinstance(inner, dict) and asked.name not in _JSON_FIELDS:
        if not asked.fields:
            raise GraphQLError(f'Field "{asked.name}" must have a selection of subfields.')
        if isinstance(value, list):
            return [_shown(one, asked.fields, asked.name) for one in value]
        return _shown(value, asked.fields, asked.name)
    return value
