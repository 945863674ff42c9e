"""Bodies as Ticto sends them, each of a sale of its own."""

from __future__ import annotations

import json
from typing import Any

TOKEN = "TESTE" + "token" * 19
EMAIL = "fulana.teste{}@example.com"


def postback(number: int = 1, **changes: Any) -> dict[str, Any]:
    """Return the body of a paid sale."""
    return {
        "version": "2.0",
        "status": "authorized",
        "status_date": "2026-03-02 11:39:58",
        "token": TOKEN,
        "payment_method": "pix",
        "order": {
            "id": 6_100_000 + number,
            "hash": f"TOPTESTE{number:05d}",
            "transaction_hash": f"TPPTESTE{number:05d}",
            "paid_amount": 19700,
            "installments": 1,
            "order_date": "2026-03-02 11:39:53",
        },
        "item": {
            "product_id": 90001,
            "product_name": "Curso Teste",
            "offer_id": 80001,
            "offer_name": "Oferta Teste",
            "offer_code": "OTESTE001",
            "quantity": 1,
            "amount": 19700,
        },
        "customer": {
            "name": "Fulana Teste Exemplo",
            "email": EMAIL.format(number),
            "cpf": "52998224725",
            "type": "person",
            "is_foreign": False,
            "phone": {"ddi": "+55", "ddd": "11", "number": "987654321"},
        },
        "transaction": {"hash": f"TPPTESTE{number:05d}", "pix_url": "https://example.com/pix"},
        **changes,
    }


def encoded(body: Any) -> bytes:
    """Return a body as Ticto's server writes it."""
    return json.dumps(body, ensure_ascii=False).encode()
