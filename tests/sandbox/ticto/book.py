"""The seller's sales, as rows of the orders API. All buyers are invented."""

from __future__ import annotations

import copy
import random
import threading
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("America/Sao_Paulo")
STAMP = "%d/%m/%Y %H:%M:%S"
STATUSES = ("authorized", "refused", "refunded", "chargeback", "delayed", "waiting_payment")

Row = dict[str, Any]


def written(moment: datetime) -> str:
    """Return a moment as Ticto writes it: São Paulo's wall clock, without a zone."""
    return moment.astimezone(ZONE).strftime(STAMP)


def read(stamp: str) -> datetime:
    """Return the moment of a stamp."""
    return datetime.strptime(stamp, STAMP).replace(tzinfo=ZONE)


class OrderBook:
    """The rows, the oldest sale first.

    Args:
        orders: How many sales.
        days: Over how many days until now they are spread.
        seed: Decides every value.
        bump_share: Share of the sales with a second item.
        renewal_share: Share of the sales with a second charge a month later.
    """

    def __init__(
        self,
        *,
        orders: int = 100,
        days: float = 90,
        seed: int = 7,
        bump_share: float = 0.2,
        renewal_share: float = 0.1,
    ) -> None:
        self.lock = threading.RLock()
        self._random = random.Random(seed)
        self._numbers = 0
        self._rows: list[Row] = []
        now = datetime.now(ZONE).replace(microsecond=0)
        for index in range(orders):
            at = now - timedelta(days=days * (orders - index) / max(orders, 1))
            order = self.sell(at=at, bump=self._random.random() < bump_share)
            later = at + timedelta(days=30)
            if self._random.random() < renewal_share and later < now:
                self.renew(order, at=later)

    @property
    def rows(self) -> list[Row]:
        """All rows."""
        with self.lock:
            return copy.deepcopy(self._rows)

    def sell(
        self, *, at: datetime | None = None, bump: bool = False, status: str | None = None
    ) -> str:
        """Add a sale and return the code of its order."""
        with self.lock:
            self._numbers += 1
            order = f"TOCTESTE{self._numbers:07d}"
            chosen = status or self._random.choice((*STATUSES, *("authorized",) * 6))
            moment = at or datetime.now(ZONE)
            self._add(order, 90_001, chosen, moment)
            if bump:
                self._add(order, 90_002, chosen, moment)
            return order

    def renew(self, order: str, *, at: datetime | None = None) -> None:
        """Add the next charge of an order: the same code, another transaction."""
        with self.lock:
            rows = [row for row in self._rows if row["order"]["hash"] == order]
            occurrence = max(row["transaction"]["occurrence"] for row in rows) + 1
            self._add(order, 90_001, "authorized", at or datetime.now(ZONE), occurrence)

    def change(self, order: str, status: str, *, at: datetime | None = None) -> None:
        """Change the status of an order's rows in place."""
        moment = written(at or datetime.now(ZONE))
        with self.lock:
            for row in self._rows:
                if row["order"]["hash"] == order:
                    row["transaction"].update(status=status, updated_at=moment)
                    row["order_item"]["status"] = status
                    row["updated_at"] = moment

    def _add(
        self, order: str, product: int, status: str, at: datetime, occurrence: int = 1
    ) -> None:
        number, stamp = int(order[-7:]), written(at)
        is_subscription = occurrence > 1
        cents = self._random.choice((4_700, 19_700, 29_700))
        self._rows.append(
            {
                "id": 7_000_000 + len(self._rows) + 1,
                "commission": cents * 88 // 100,
                "created_at": stamp,
                "updated_at": stamp,
                "approved_date": stamp if status == "authorized" else None,
                "subscription_id": 510_000 + number if is_subscription else None,
                "order": {"id": 6_000_000 + number, "hash": order, "type": "default"},
                "order_item": {"amount": cents, "status": status},
                "transaction": {
                    "hash": f"TPCTESTE{number:07d}{occurrence:02d}",
                    "status": status,
                    "payment_method": self._random.choice(("credit_card", "pix", "bank_slip")),
                    "paid_amount": cents,
                    "occurrence": occurrence,
                    "return_code": None,
                    "refused_reason": None,
                    "refused_label": None,
                    "created_at": stamp,
                    "updated_at": stamp,
                },
                "product": {
                    "id": product,
                    "name": f"Produto Teste {product}",
                    "type": "course",
                    "is_subscription": is_subscription,
                },
                "offer": {
                    "id": product - 10_000,
                    "code": f"OTESTE{product % 1000:03d}",
                    "name": "Oferta Teste",
                    "price": cents,
                    "is_subscription": is_subscription,
                    "interval": 1 if is_subscription else None,
                },
                "customer": {
                    "name": f"Pessoa Teste {number}",
                    "email": f"pessoa.teste{number}@example.com",
                    "cpf": "52998224725",
                    "cnpj": None,
                    "phone": {"ddi": "+55", "ddd": "11", "number": f"9{number:08d}"},
                },
            }
        )
