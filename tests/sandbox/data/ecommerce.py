"""Shops, their customers and orders, as the REST side shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.sandbox.data import names
from tests.sandbox.data.contacts import email_of
from tests.sandbox.sizes import Fixed, Spread
from tests.sandbox.spec import Child, Spec, equals

if TYPE_CHECKING:
    from tests.sandbox.account import Account
    from tests.sandbox.draft import Draft
    from tests.sandbox.spec import Row


def connection(draft: Draft) -> Row:
    """Make a connection to a shop."""
    service = ("shopify", "woocommerce", "ticto")[draft.index % 3]
    return {
        "service": service,
        "externalid": f"loja{draft.key}.example.com",
        "name": f"Loja Exemplo {draft.key}",
        "isInternal": "1" if draft.index == 0 else "0",
        "connectionType": "ecommerce",
        "status": "1",
        "syncStatus": "0",
        "sync_request_time": None,
        "sync_start_time": None,
        "lastSync": draft.offset(draft.updated) if draft.index % 2 == 0 else None,
        "logoUrl": "",
        "linkUrl": "https://www.example.com/",
        "listId": str(draft.index % 2),
        "planTier": None,
        "cdate": draft.offset(draft.created),
        "udate": draft.offset(draft.updated),
        "credentialExpiration": None,
        "disconnectDate": None,
        "links": draft.links("options", "customers"),
        "id": draft.id,
        "serviceName": service,
    }


def customer(draft: Draft) -> Row:
    """Make a customer; one in five is the sum over all shops, of no connection."""
    total = draft.index % 5 == 4
    shop = draft.one_of("connections", 1)
    row: Row = {
        "connectionid": "0" if total else shop,
        "externalid": "0" if total else str(50_000 + draft.key),
        "email": email_of(draft.account, draft.owner_index),
        "totalRevenue": str(draft.die(2, 900_000)),
        "totalOrders": str(draft.die(3, 9)),
        "totalProducts": str(draft.die(4, 19)),
        "avgRevenuePerOrder": str(draft.die(5, 90_000)),
        "avgProductCategory": draft.pick(6, (None, "Cursos", "Livros")),
        "tstamp": draft.offset(draft.updated),
        "acceptsMarketing": draft.pick(7, ("0", "1", None)),
        "smsMarketingState": None,
        "smsOptInLevel": None,
        "smsConsentUpdatedAt": None,
        "links": draft.links("connection", "orders"),
        "id": draft.id,
        "connection": None if total else shop,
    }
    if draft.die(8, 4) == 0:
        for name in (
            "acceptsMarketing",
            "smsMarketingState",
            "smsOptInLevel",
            "smsConsentUpdatedAt",
        ):
            del row[name]
    return row


def _unpadded(stamp: str, draft: Draft) -> str:
    """Return the stamp as some records have it: no zero before an hour of one digit."""
    if draft.index % 17 == 3 and stamp[11] == "0":
        return stamp[:11] + stamp[12:]
    return stamp


def order(draft: Draft) -> Row:
    """Make an order or an abandoned cart; amounts come as numbers and as text."""
    cart = draft.die(1, 4) == 0
    shop = draft.account.id_at("connections", draft.index)
    created = draft.offset(draft.created)
    ordered = _unpadded(created, draft)
    numbers: Row = {
        "totalPrice": draft.die(2, 90_000),
        "shippingAmount": draft.die(3, 900),
        "taxAmount": draft.die(4, 500),
        "discountAmount": draft.die(5, 2) * 100,
        "totalProducts": 1 + draft.index % 2,
        "state": 2 if cart else draft.pick(6, (0, 1, 1, 3, 4)),
    }
    if draft.die(7, 2):
        numbers = {name: str(value) for name, value in numbers.items()}
    row: Row = {
        "customerid": draft.owner,
        "connectionid": shop,
        **numbers,
        "source": draft.pick(8, ("0", "1")),
        "externalid": None if cart else f"{3_246_000 + draft.key}",
        "externalcheckoutid": f"cart-{draft.key}" if cart else None,
        "orderNumber": "" if cart else str(1000 + draft.key),
        "email": str(draft.account.row("ecomCustomers", draft.owner)["email"]),
        "currency": draft.pick(9, ("BRL", "brl")),
        "shippingMethod": draft.pick(10, ("Correios", "", None)),
        "orderUrl": f"https://www.example.com/pedidos/{draft.key}",
        "externalCreatedDate": ordered,
        "externalUpdatedDate": None if draft.die(11, 2) else draft.offset(draft.updated),
        "abandonedDate": draft.offset(draft.created + 3600) if cart else None,
        "createdDate": created,
        "updatedDate": draft.offset(draft.updated),
        "orderProducts": [],
        "orderDiscounts": [],
        "customer": draft.owner,
        "orderDate": ordered,
        "tstamp": draft.offset(draft.updated),
        "links": draft.links(
            "connection", "customer", "orderProducts", "orderDiscounts", "orderActivities"
        ),
        "id": draft.id,
        "connection": shop,
    }
    return row


def order_derived(account: Account, row: Row) -> None:
    """Set the ids of an order's products and discounts."""
    for name, collection in (
        ("orderProducts", "ecomOrderProducts"),
        ("orderDiscounts", "ecomOrderDiscounts"),
    ):
        keys = account.collection(collection).children_of(row["id"])
        row[name] = [str(key) for key in keys]


def order_product(draft: Draft) -> Row:
    """Make a product of an order."""
    name = draft.pick(1, names.PRODUCTS)
    shop = draft.one_of("connections", 2)
    return {
        "orderid": draft.owner,
        "connectionid": shop,
        "externalid": str(1_269_000 + draft.key),
        "sku": draft.pick(3, (None, f"SKU-{draft.key}")),
        "name": name,
        "description": draft.pick(4, (None, f"{name}, acesso por um ano")),
        "price": str(draft.die(5, 90_000)),
        "quantity": str(1 + draft.die(6, 3)),
        "category": draft.pick(7, (None, "cursos")),
        "imageUrl": "https://img.example.com/produto.png",
        "productUrl": None,
        "createdDate": draft.offset(draft.created),
        "updatedDate": draft.offset(draft.updated),
        "tstamp": draft.offset(draft.updated),
        "links": draft.links("ecomOrder"),
        "id": draft.id,
        "ecomOrder": draft.owner,
    }


def order_discount(draft: Draft) -> Row:
    """Make a discount of an order."""
    return {
        "name": "BEMVINDO10",
        "type": draft.pick(1, ("order", "shipping")),
        "orderid": draft.owner,
        "discountAmount": "100",
        "createdDate": draft.offset(draft.created),
        "updatedDate": draft.offset(draft.updated),
        "links": draft.links("ecomOrder"),
        "id": draft.id,
    }


def order_activity(draft: Draft) -> Row:
    """Make an entry of an order's history: amounts are text here."""
    shop = draft.one_of("connections", 1)
    return {
        "orderid": draft.owner,
        "connectionid": shop,
        "customerid": draft.one_of("ecomCustomers", 2),
        "externalid": str(3_246_000 + draft.key),
        "externalcheckoutid": None,
        "source": "1",
        "orderNumber": str(1000 + draft.key),
        "email": f"comprador{draft.key}@example.com",
        "totalPrice": str(draft.die(3, 90_000)),
        "discountAmount": "100",
        "shippingAmount": "200",
        "taxAmount": "0",
        "totalProducts": "1",
        "currency": "BRL",
        "shippingMethod": "",
        "storeName": "Loja Exemplo",
        "logoUrl": "",
        "orderUrl": f"https://www.example.com/pedidos/{draft.key}",
        "state": "1",
        "externalCreatedDate": draft.offset(draft.created),
        "externalUpdatedDate": None,
        "abandonedDate": None,
        "createdDate": draft.offset(draft.created),
        "updatedDate": draft.offset(draft.updated),
        "links": draft.links("connection", "order"),
        "id": draft.id,
        "connection": shop,
        "order": draft.owner,
    }


SPECS = (
    Spec(
        "connections",
        connection,
        Fixed(3),
        created=(("cdate", "offset"),),
        updated=(("udate", "offset"),),
        filters={"service": equals("service"), "externalid": equals("externalid")},
        children={"customers": Child("ecomCustomers", "connection", "string")},
    ),
    Spec(
        "ecomCustomers",
        customer,
        Spread("contacts", (1, 0, 1, 0)),
        created=(("tstamp", "offset"),),
        updated=(("tstamp", "offset"),),
        filters={
            "email": equals("email"),
            "externalid": equals("externalid"),
            "connectionid": equals("connectionid"),
        },
        children={"orders": Child("ecomOrders", "customer", "string")},
    ),
    Spec(
        "ecomOrders",
        order,
        Spread("ecomCustomers", (1, 0, 1, 0, 0)),
        created=(
            ("createdDate", "offset"),
            ("externalCreatedDate", "offset"),
            ("orderDate", "offset"),
        ),
        updated=(("updatedDate", "offset"), ("tstamp", "offset")),
        filters={
            "connectionid": equals("connectionid"),
            "externalid": equals("externalid"),
            "externalcheckoutid": equals("externalcheckoutid"),
            "email": equals("email"),
            "state": equals("state"),
            "customerid": equals("customerid"),
            "external_created_date": equals("externalCreatedDate"),
        },
        orders={
            "connectionid": "connectionid",
            "externalid": "externalid",
            "externalcheckoutid": "externalcheckoutid",
            "email": "email",
            "state": "state",
            "customerid": "customerid",
            "external_created_date": "externalCreatedDate",
        },
        children={
            "orderProducts": Child("ecomOrderProducts", "orderid"),
            "orderDiscounts": Child("ecomOrderDiscounts", "orderid", "string"),
            "orderActivities": Child("ecomOrderActivities", "orderid", "string"),
        },
        derive=order_derived,
        parent_key="customerid",
    ),
    Spec(
        "ecomOrderProducts",
        order_product,
        Spread("ecomOrders", (1, 2)),
        total="absent",
        created=(("createdDate", "offset"),),
        updated=(("updatedDate", "offset"), ("tstamp", "offset")),
        parent_key="orderid",
    ),
    Spec(
        "ecomOrderDiscounts",
        order_discount,
        Spread("ecomOrders", (1, 0, 0)),
        path=None,
        created=(("createdDate", "offset"),),
        updated=(("updatedDate", "offset"),),
        parent_key="orderid",
    ),
    Spec(
        "ecomOrderActivities",
        order_activity,
        Spread("ecomOrders", (1, 1, 0)),
        singular="ecomOrderActivity",
        created=(("createdDate", "offset"),),
        updated=(("updatedDate", "offset"),),
        parent_key="orderid",
    ),
)
