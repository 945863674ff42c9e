"""The account's lists, tags, fields and automations, by the names that rules use."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from tap_activecampaign.api import ApiRequest, RequestRefusedError
from tap_activecampaign.api.wire import total_of
from target_activecampaign.segmentation.plan import ResolvedIds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tap_activecampaign.api import ApiSession
    from target_activecampaign.segmentation import Rule

logger = logging.getLogger(__name__)

_PAGE_SIZE = 100
# Without it ActiveCampaign lists those for e-mail only.
_EVERY_CHANNEL = {"filters[channel]": "all"}


def rows_of(session: ApiSession, path: str, key: str, **params: Any) -> Iterator[dict[str, Any]]:
    """Yield all rows of a collection, each id once.

    Reading ends with as many rows as the answer counts, and where it counts none, or fewer than
    have come, with a page that is not full.

    Args:
        session: The account.
        path: Path of the collection.
        key: Key of the rows in the answer.
        params: Further query parameters.
    """
    offset = 0
    seen: set[str] = set()
    while True:
        body = session.get(
            path,
            {**params, "limit": _PAGE_SIZE, "offset": offset},
            accepts=lambda body: isinstance(body, dict) and isinstance(body.get(key), list),
        )
        rows = body[key]
        for row in rows:
            if str(row.get("id")) not in seen:
                seen.add(str(row.get("id")))
                yield row
        offset += len(rows)
        if not rows or _is_last(offset, len(rows), total_of(body)):
            return


def _is_last(read: int, rows: int, total: int | None) -> bool:
    if total is None or total < read:
        return rows < _PAGE_SIZE
    return total == read


class _Named(NamedTuple):
    """Where names of rules are looked up.

    Attributes:
        collection: The collection of the account.
        rule_key: The key of a rule that names its rows.
        name_keys: Keys of a row that it may be called by, besides its id.
    """

    collection: str
    rule_key: str
    name_keys: tuple[str, ...]


_LISTS: Final = _Named("lists", "list", ("name",))
_FIELDS: Final = _Named("fields", "fields", ("perstag", "title"))
_AUTOMATIONS: Final = _Named("automations", "automation", ("name",))


def _names_in(rule: Rule) -> Iterator[tuple[_Named, str]]:
    """Yield everything that a rule names, except tags, with where it is looked up."""
    yield from ((_LISTS, name) for name in rule.lists)
    yield from ((_FIELDS, name) for name, _ in rule.fields)
    yield from ((_AUTOMATIONS, name) for name in rule.automations)


class Directory:
    """What the rules need to know of one account. Each collection is read once, when asked for.

    Args:
        session: The account.
    """

    def __init__(self, session: ApiSession) -> None:
        self._session = session
        self._rows: dict[str, list[dict[str, Any]]] = {}
        self._tags: dict[str, tuple[int, str]] | None = None

    def rows(self, collection: str) -> list[dict[str, Any]]:
        """Return all rows of ``lists``, ``tags``, ``fields`` or ``automations``."""
        if collection not in self._rows:
            query = _EVERY_CHANNEL if collection == "lists" else {}
            self._rows[collection] = list(rows_of(self._session, collection, collection, **query))
        return self._rows[collection]

    def resolve(self, rules: Iterable[Rule]) -> tuple[ResolvedIds, list[str]]:
        """Find everything that rules name, except tags, which are created when missing.

        Returns:
            The ids, and one sentence for each name that does not exist or is not unique.
        """
        found: dict[_Named, dict[str, dict[str, Any]]] = {
            _LISTS: {},
            _FIELDS: {},
            _AUTOMATIONS: {},
        }
        faults: dict[str, None] = {}
        for rule in rules:
            for place, name in _names_in(rule):
                candidates = self._candidates(place, name)
                fault = _fault(place, name, candidates, is_added=rule.action == "add")
                if fault is None:
                    found[place][name] = candidates[0]
                else:
                    faults[f"Rule {rule.label!r}: {place.rule_key}: {fault}."] = None
        ids = ResolvedIds(
            {name: int(row["id"]) for name, row in found[_LISTS].items()},
            {
                name: (int(row["id"]), str(row.get("type") or ""))
                for name, row in found[_FIELDS].items()
            },
            {name: int(row["id"]) for name, row in found[_AUTOMATIONS].items()},
        )
        return ids, list(faults)

    def _candidates(self, place: _Named, written: str) -> list[dict[str, Any]]:
        """Return the rows that a name may mean: by id, else as written, else in another case."""
        # Personalization tags may be written as in a message: %CPF%.
        name = written.strip("%") if place is _FIELDS else written
        rows = self.rows(place.collection)
        candidates = [row for row in rows if str(row.get("id")) == name]
        for same in (str.__str__, str.casefold):
            for key in place.name_keys:
                candidates = candidates or _for_mail_first(
                    [row for row in rows if same(str(row.get(key) or "").strip()) == same(name)]
                )
        return candidates

    def tag(self, name: str) -> tuple[int, str] | None:
        """Return the id of a contact tag and its name as the account writes it, or None."""
        if self._tags is None:
            self._tags = {}
            for row in self.rows("tags"):
                self._learn(row)
        return self._tags.get(name.casefold())

    def ensured_tag(self, name: str) -> tuple[int, str]:
        """Return the id and name of a tag, creating it if it is missing.

        Another program may create it at the same moment; the API then answers with an error, of
        which kind is not documented, or with the existing tag.
        """
        found = self.tag(name)
        if found is not None:
            return found
        self._create_tag(name)
        found = self.tag(name) or self._searched_tag(name)
        if found is None:
            raise RequestRefusedError(f"ActiveCampaign did not create the tag {name!r}")
        logger.info("The tag %r was missing; it exists now.", name)
        return found

    def _create_tag(self, name: str) -> None:
        request = ApiRequest(
            "POST",
            "tags",
            body={"tag": {"tag": name, "tagType": "contact", "description": ""}},
            accepts=lambda body: isinstance(body, dict) and isinstance(body.get("tag"), dict),
            already_done=lambda: {} if self._searched_tag(name) is not None else None,
        )
        try:
            self._learn(self._session.send(request).body.get("tag"))
        except RequestRefusedError:
            # Refused perhaps because another program has created it.
            if self._searched_tag(name) is None:
                raise

    def _searched_tag(self, name: str) -> tuple[int, str] | None:
        for row in rows_of(self._session, "tags", "tags", search=name):
            self._learn(row)
        return self.tag(name)

    def _learn(self, row: Any) -> None:
        if not isinstance(row, dict) or not str(row.get("id", "")).isdecimal():
            return
        # Templates have tags of their own, which contacts cannot carry.
        if row.get("tagType", "contact") != "contact" or str(row.get("deleted")) == "1":
            return
        name = str(row.get("tag") or "")
        if self._tags is not None and name:
            self._tags.setdefault(name.casefold(), (int(row["id"]), name))


def _is_for_sms(row: dict[str, Any]) -> bool:
    return str(row.get("channel") or "").casefold() == "sms"


def _for_mail_first(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows for e-mail where there are any: a list for SMS may have the same name."""
    return [row for row in rows if not _is_for_sms(row)] or rows


def _fault(
    place: _Named, name: str, candidates: list[dict[str, Any]], *, is_added: bool
) -> str | None:
    """Return why a name cannot be used, or None if it means one row that fits."""
    if not candidates:
        return f"the account has no {place.collection.removesuffix('s')} {name!r}"
    if len(candidates) > 1:
        return f"the account has {len(candidates)} {place.collection} called {name!r}; use an id"
    if place is _LISTS and is_added and _is_for_sms(candidates[0]):
        return (
            f"{candidates[0].get('name')!r} is a list for text messages (SMS), to which no e-mail "
            f"address can be subscribed; name a list for e-mail"
        )
    return None
