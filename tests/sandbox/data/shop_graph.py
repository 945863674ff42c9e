"""Orders, products and recurring payments as GraphQL shows them: UTC stamps, decimal money."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.sandbox.data import names
from tests.sandbox.sizes import Share
from tests.sandbox.spec import Spec

if TYPE_CHECKING:
    from tests.sandbox.draft import Draft
    from tests.sandbox.spec import Row


def _utc(epoch: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(epoch))


def _address(draft: Draft) -> Row:
    return {
        "firstName": "Ana",
        "lastName": "Exemplo",
        "address1": "Rua Fictícia, 1",
        "address2": None,
        "address3": None,
        "city": draft.pick(900, names.CITIES),
        "province": draft.pick(900, names.STATES),
        "country": "BR",
        "postal": "00000-000",
        "phone": None,
        "company": None,
        "email": f"comprador{draft.key}@example.com",
    }


def order(draft: Draft) -> Row:
    """Make an order."""
    price = 10 + draft.die(1, 90_000) / 100
    return {
        "id": draft.uuid(),
        "legacyConnectionId": int(draft.one_of("connections", 2)),
        "storeOrderId": str(4_372_658_000 + draft.key),
        "orderNumber": str(1000 + draft.key),
        "cartId": None,
        "storeExternalOrderId": None,
        "creationSource": draft.pick(3, ("REAL_TIME", "HISTORICAL")),
        "email": f"comprador{draft.key}@example.com",
        "storeCustomerId": str(50_000 + draft.key),
        "shippingAddress": _address(draft) if draft.die(4, 3) else None,
        "billingAddress": _address(draft),
        "storeCreatedDate": _utc(draft.created),
        "storeModifiedDate": _utc(draft.updated),
        "storeStatus": "paid",
        "normalizedStatus": draft.pick(5, ("COMPLETED", "PENDING", "REFUNDED", "CANCELLED")),
        "notes": [],
        "discounts": [{"name": "BEMVINDO10", "type": "ORDER", "discountAmount": 10.0}],
        "locationId": None,
        "shippingMethod": None,
        "orderUrl": f"https://www.example.com/pedidos/{draft.key}",
        "isTestOrder": False,
        "createdByRecurringPayment": False,
        "acceptsMarketing": draft.die(6, 2) == 1,
        "customerLocale": "pt-BR",
        "salesChannel": None,
        "currency": "BRL",
        "shippingAmount": 0.0,
        "finalAmount": price,
        "discountAmount": 10.0,
        "paymentMethod": draft.pick(7, ("pix", "credit_card", None)),
        "lineItems": [
            {
                "legacyConnectionId": 1,
                "storeLineItemId": str(draft.key),
                "productStorePrimaryId": "p1",
                "storeBaseProductId": "p1",
                "productUrl": None,
                "normalizedOrderStatus": None,
                "category": "cursos",
                "name": draft.pick(8, names.PRODUCTS),
                "quantity": 1,
                "sku": None,
                "imageUrl": None,
                "priceAmount": price,
                "lineItemType": None,
                "fulfillmentStatus": None,
                "isOnSale": False,
                "averageRating": None,
                "brand": None,
                "tags": [],
            }
        ],
    }


def recurring_payment(draft: Draft) -> Row:
    """Make a recurring payment."""
    cancelled = draft.die(1, 4) == 0
    name = draft.pick(2, names.PRODUCTS)
    return {
        "id": draft.uuid(),
        "legacyConnectionId": int(draft.one_of("connections", 3)),
        "storeRecurringPaymentId": f"assinatura-{draft.key}",
        "name": name,
        "email": f"assinante{draft.key}@example.com",
        "normalizedStatus": "CANCELLED" if cancelled else draft.pick(4, ("ACTIVE", "PENDING")),
        "storeStatus": "cancelled" if cancelled else "active",
        "storeCustomerId": str(50_000 + draft.key),
        "billingInterval": "MONTHLY",
        "billingIntervalCount": 1,
        "paymentAmount": 49.9,
        "discountAmount": 0.0,
        "taxAmount": 0.0,
        "shippingAmount": 0.0,
        "lastPaymentStatus": draft.pick(5, ("COMPLETED", "DECLINED", None)),
        "lastPaymentDate": _utc(draft.updated),
        "startDate": _utc(draft.created),
        "renewalDate": None,
        "nextPaymentDate": None if cancelled else _utc(draft.updated + 2_592_000),
        "anchorDate": None,
        "cancelledDate": _utc(draft.updated) if cancelled else None,
        "paymentMethodExpiration": None,
        "originOrderId": None,
        "currency": "BRL",
        "storeCreatedDate": _utc(draft.created),
        "storeModifiedDate": _utc(draft.updated),
        "isTrial": False,
        "cancelAtPeriodEnd": cancelled,
        "totalCycles": draft.pick(6, (12, None)),
        "notes": [],
        "storeExternalId": None,
        "billingAddress": _address(draft),
        "shippingAddress": _address(draft) if draft.index % 2 else None,
        "lineItemCategories": ["cursos"],
        "lineItemNames": [name],
        "lineItemSkus": [f"SKU-{draft.key}"],
        "lineItemBrands": ["Escola Exemplo"] if draft.index % 2 else [],
        "lineItemTags": ["impresso"] if draft.index % 2 else [],
        "lineItemStorePrimaryIds": ["p1"],
    }


def _physical(draft: Draft) -> Row:
    """Return what a printed book has; a course has null in each of these."""
    dimensions = {"length": 21.0, "width": 14.8, "height": 1.5}
    picture = {"url": "https://img.example.com/livro.png", "height": 600, "width": 400}
    return {
        "baseProductImages": [picture],
        "baseProductDimensions": dimensions,
        "baseProductWeight": 0.35,
        "dimensionsUnit": "METRIC",
        "variantDescription": "Capa dura",
        "variantImages": [picture, {**picture, "height": None, "width": None}],
        "variantUrl": f"https://www.example.com/{draft.key}/capa-dura",
        "variantUrlSlug": "capa-dura",
        "variantDimensions": dimensions,
        "variantWeight": 0.4,
        "type": "physical",
        "upc": "000000000000",
        "searchKeywords": ["livro", "apostila"],
        "condition": "new",
        "brand": "Escola Exemplo",
        "baseProductDescription": "Apostila impressa",
    }


def product(draft: Draft) -> Row:
    """Make a product; each variant is one."""
    name = names.PRODUCTS[draft.index % len(names.PRODUCTS)]
    physical = _physical(draft)
    return {
        "id": draft.uuid(),
        "legacyConnectionId": int(draft.one_of("connections", 1)),
        "storePrimaryId": f"p{draft.key}-v1",
        "storeBaseProductId": f"p{draft.key}",
        "baseProductName": name,
        "baseProductStoreCreatedDate": _utc(draft.created),
        "baseProductStoreModifiedDate": _utc(draft.updated),
        "baseProductUrl": f"https://www.example.com/{draft.key}",
        "baseProductUrlSlug": f"produto-{draft.key}",
        **(physical if draft.index % 2 else dict.fromkeys(physical)),
        "tags": ["impresso"] if draft.index % 2 else [],
        "categories": ["cursos"],
        "variantSku": f"SKU-{draft.key}",
        "variantName": f"{name} {2024 + draft.index % 2}",
        "variantPriceCurrency": "BRL",
        "variantPriceAmount": 10 + draft.die(2, 90_000) / 100,
        "variantStoreCreatedDate": _utc(draft.created),
        "variantStoreModifiedDate": _utc(draft.updated),
        "status": "ACTIVE",
        "isDeleted": draft.die(3, 12) == 0,
        "numberOfSales": draft.die(4, 300),
        "isVirtual": True,
        "isDownloadable": False,
        "isVisible": True,
        "isOnSale": draft.die(5, 3) == 0,
        "isBackordersAllowed": False,
        "stockStatus": draft.pick(6, ("IN_STOCK", "OUT_OF_STOCK", "BACKORDER")),
        "averageRatings": draft.pick(7, (None, 4.5)),
        "ratingCount": draft.die(8, 90),
        "viewCount": draft.die(9, 900),
        "attributes": {"turma": "2025/1"} if draft.die(10, 2) else None,
    }


SPECS = (
    Spec(
        "searchOrder",
        order,
        Share(0.1),
        path=None,
        id_kind="uuid",
        created=(("storeCreatedDate", "utc_z"),),
        updated=(("storeModifiedDate", "utc_z"),),
    ),
    Spec(
        "searchRecurringPayment",
        recurring_payment,
        Share(0.05),
        path=None,
        id_kind="uuid",
        created=(("storeCreatedDate", "utc_z"),),
        updated=(("storeModifiedDate", "utc_z"),),
    ),
    Spec(
        "searchProduct",
        product,
        Share(0.02, most=2000),
        path=None,
        id_kind="uuid",
        created=(("variantStoreCreatedDate", "utc_z"), ("baseProductStoreCreatedDate", "utc_z")),
        updated=(("variantStoreModifiedDate", "utc_z"), ("baseProductStoreModifiedDate", "utc_z")),
    ),
)
