"""The stream of orders: rows of Ticto's API that changed within the window."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, ClassVar

from singer_sdk import typing as th
from typing_extensions import override

from target_activecampaign.ticto.values import section, text
from target_activecampaign.ticto_source.fitting import Fitting
from target_activecampaign.ticto_source.orders_api import OrdersApi
from target_activecampaign.ticto_source.settings import DEFAULT_WINDOW_DAYS, TictoApiSettings
from target_activecampaign.ticto_source.stream import TictoStream
from target_activecampaign.ticto_source.window import Window, changed_at

if TYPE_CHECKING:
    from collections.abc import Iterator

_STAMP = "As Ticto writes it, DD/MM/YYYY HH:MM:SS in the time of São Paulo."


def _text(name: str, description: str) -> th.Property[Any]:
    return th.Property(name, th.StringType, description=description)


def _integer(name: str, description: str) -> th.Property[Any]:
    return th.Property(name, th.IntegerType, description=description)


def _flag(name: str, description: str) -> th.Property[Any]:
    return th.Property(name, th.BooleanType, description=description)


def _section(name: str, description: str, *properties: th.Property[Any]) -> th.Property[Any]:
    return th.Property(
        name, th.ObjectType(*properties, additional_properties=True), description=description
    )


class Orders(TictoStream):
    """Rows of the orders API, one for each item of each charge."""

    name = "orders"
    needed_setting = "client_id"
    primary_keys: ClassVar[tuple[str, ...]] = ("order_hash", "item_key")
    # Nothing begins at this bookmark: the API changes rows in place, so the whole window is read in
    # each run. It keeps loaders from taking a window for the whole table.
    replication_key = "changed_at"
    is_sorted = True
    check_sorted = False
    schema: ClassVar[dict[str, Any]] = th.PropertiesList(
        th.Property(
            "order_hash",
            th.StringType,
            required=True,
            nullable=False,
            description="Code of the order, shared by its items and charges.",
        ),
        th.Property(
            "item_key",
            th.StringType,
            required=True,
            nullable=False,
            description="Charge, product and offer: what tells the rows of an order apart.",
        ),
        th.Property(
            "changed_at",
            th.DateTimeType,
            description="The newest moment that the row names, in UTC.",
        ),
        _integer("id", "Number of the row."),
        _integer("commission", "What the producer receives, in cents."),
        _integer("subscription_id", "The subscription, if the item is one."),
        _text("approved_date", f"When the charge was approved. {_STAMP}"),
        _text("created_at", f"When the row was made. {_STAMP}"),
        _text("updated_at", f"When the row changed. {_STAMP}"),
        _section(
            "order",
            "The order.",
            _integer("id", "Number of the order."),
            _text("hash", "Code of the order."),
            _text("type", "Kind of the order."),
        ),
        _section(
            "order_item",
            "The item.",
            _integer("amount", "Price in cents."),
            _text("status", "Status of the item."),
        ),
        _section(
            "transaction",
            "The charge.",
            _text("hash", "Code of the charge."),
            _text("status", "Status of the charge; it changes in place."),
            _text("payment_method", "Payment method."),
            _integer("paid_amount", "What the buyer pays, in cents."),
            _integer("occurrence", "Number of the charge of a subscription, from 1 on."),
            _text("refused_reason", "Why it was refused."),
            _text("refused_label", "Why it was refused, in words."),
            _text("return_code", "Code of the payment provider."),
            _text("created_at", _STAMP),
            _text("updated_at", f"When its status changed. {_STAMP}"),
        ),
        _section(
            "product",
            "The product.",
            _integer("id", "Number of the product."),
            _text("name", "Name of the product."),
            _text("type", "Kind of the product."),
            _flag("is_subscription", "Whether it is a subscription."),
        ),
        _section(
            "offer",
            "The offer.",
            _integer("id", "Number of the offer."),
            _text("code", "Code of the offer, as in its checkout link."),
            _text("name", "Name of the offer."),
            _integer("price", "Price in cents."),
            _flag("is_subscription", "Whether it is a subscription."),
            _integer("interval", "Months between two charges."),
        ),
        _section(
            "customer",
            "The buyer.",
            _text("name", "Name."),
            _text("email", "E-mail address."),
            _text("cpf", "CPF of a person."),
            _text("cnpj", "CNPJ of a company."),
        ),
    ).to_dict()

    @override
    def read(self) -> Iterator[dict[str, Any]]:
        settings = TictoApiSettings.from_config(self.config)
        if settings is None:
            return
        api = OrdersApi(settings)
        try:
            yield from self._read(api)
        finally:
            api.close()

    @property
    @override
    def is_configured(self) -> bool:
        return bool(self.config.get("client_id") or self.config.get("client_secret"))

    def _read(self, api: OrdersApi) -> Iterator[dict[str, Any]]:
        window = Window(self._window_start())
        fitting = Fitting(self.name, self.schema)
        seen = _Seen()
        for page in api.pages():
            rows = [row for row in page.rows if isinstance(row, dict)]
            yield from (_record(row, fitting) for row in seen.new(rows) if window.holds(row))
            window.add_page(rows)
            if window.is_passed:
                break
        # Rows that came to the front while the pages behind were read.
        for page in api.pages():
            fresh = seen.new([row for row in page.rows if isinstance(row, dict)])
            yield from (_record(row, fitting) for row in fresh if window.holds(row))
            if not fresh:
                break

    def _window_start(self) -> datetime | None:
        if self.replication_method == "FULL_TABLE":
            return None
        days = float(self.config.get("window_days") or DEFAULT_WINDOW_DAYS)
        return datetime.now(timezone.utc) - timedelta(days=days)


class _Seen:
    """Rows of this run: pages shift while they are read, and bring some rows again."""

    def __init__(self) -> None:
        self._digests: set[bytes] = set()

    def new(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return the rows that have not been seen with the same content."""
        fresh = []
        for row in rows:
            written = json.dumps(row, sort_keys=True).encode()
            digest = hashlib.sha256(written).digest()[:16]
            if digest not in self._digests:
                self._digests.add(digest)
                fresh.append(row)
        return fresh


def _record(row: dict[str, Any], fitting: Fitting) -> dict[str, Any]:
    moment = changed_at(row)
    return {
        **fitting.fitted(row),
        "order_hash": _order_hash(row),
        "item_key": _item_key(row),
        "changed_at": None if moment is None else moment.isoformat(timespec="seconds"),
    }


def _order_hash(row: dict[str, Any]) -> str:
    order = section(row, "order")
    named = text(order.get("hash")) or text(order.get("id")) or text(row.get("id"))
    if named is not None:
        return named
    written = json.dumps(row, sort_keys=True).encode()
    return f"unnamed-{hashlib.sha256(written).hexdigest()[:32]}"


def _item_key(row: dict[str, Any]) -> str:
    product, offer = section(row, "product"), section(row, "offer")
    parts = (
        text(section(row, "transaction").get("hash")),
        text(product.get("id")) or text(product.get("name")),
        text(offer.get("code")) or text(offer.get("id")) or text(offer.get("name")),
    )
    return ":".join(part or "-" for part in parts)
