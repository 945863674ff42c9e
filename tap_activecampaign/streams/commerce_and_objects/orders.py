"""Orders and abandoned carts, with their products, discounts and history.

Source: https://developers.activecampaign.com/reference/list-all-orders
"""

from __future__ import annotations

from typing import ClassVar

from tap_activecampaign.records.columns import (
    Column,
    array,
    cents,
    flag,
    id_,
    integer,
    json,
    number,
    ref,
    text,
    timestamp,
)
from tap_activecampaign.stream_types import ChildStream
from tap_activecampaign.stream_types.base import ActiveCampaignStream

CREATED_AND_UPDATED: tuple[Column, ...] = (
    timestamp("created_date", "When the row was created."),
    timestamp("updated_date", "When the row was last changed."),
)

ORDER: tuple[Column, ...] = (
    ref("connectionid", "ecommerce_connections", "Shop."),
    ref("connection", "ecommerce_connections", "Shop."),
    ref("customerid", "ecommerce_customers", "Customer."),
    text("email", "E-mail address of the customer."),
    text("externalid", "Identifier of the order in the shop; empty for a cart."),
    text("externalcheckoutid", "Identifier of the cart in the shop."),
    text("order_number", "Number of the order in the shop."),
    integer("state", "0 pending, 1 completed, 2 abandoned, 3 recovered, 4 waiting."),
    integer("source", "0 historical, 1 sent as it happened."),
    text("currency", "Currency as three letters, in upper or lower case."),
    cents("total_price", "Price with taxes and shipping."),
    cents("discount_amount", "Discount."),
    cents("shipping_amount", "Shipping."),
    cents("tax_amount", "Taxes."),
    integer("total_products", "Number of products."),
    text("shipping_method", "How the order is shipped."),
    text("order_url", "Address of the order in the shop."),
    timestamp("external_created_date", "When the order was placed in the shop."),
    timestamp("external_updated_date", "When the order was last changed in the shop."),
    timestamp("abandoned_date", "When the cart was abandoned."),
    *CREATED_AND_UPDATED,
)


class EcommerceOrders(ActiveCampaignStream):
    """Orders and abandoned carts of connected shops."""

    name = "ecommerce_orders"
    path = "ecomOrders"
    replication_key = "updated_date"
    created_key = "created_date"
    columns = (
        id_("Identifier of the order."),
        *ORDER,
        ref("customer", "ecommerce_customers", "Customer."),
        array("order_products", "integer", "Products of the order.", "ecommerce_order_products"),
        array("order_discounts", "integer", "Discounts.", "ecommerce_order_discounts"),
        timestamp("order_date", "Date of the order."),
        timestamp("tstamp", "When the order was last changed."),
    )


class EcommerceOrderProducts(ActiveCampaignStream):
    """Products of orders: one row for each order and product."""

    name = "ecommerce_order_products"
    path = "ecomOrderProducts"
    replication_key = "updated_date"
    created_key = "created_date"
    columns = (
        id_("Identifier of the ordered product."),
        ref("orderid", "ecommerce_orders", "Order."),
        ref("ecom_order", "ecommerce_orders", "Order."),
        ref("connectionid", "ecommerce_connections", "Shop."),
        text("externalid", "Identifier of the product in the shop."),
        text("sku", "Stock keeping unit."),
        text("name", "Name of the product."),
        text("description", "Description of the product."),
        text("category", "Category of the product."),
        text("brand", "Brand of the product."),
        json("tags", "Tags of the product."),
        cents("price", "Price of one piece."),
        integer("quantity", "Number of pieces."),
        flag("on_sale", "Whether the product was on sale."),
        number("average_rating", "Mean rating of the product."),
        text("image_url", "Address of the picture."),
        text("product_url", "Address of the product in the shop."),
        *CREATED_AND_UPDATED,
        timestamp("tstamp", "When the row was last changed."),
    )


class EcommerceOrderActivities(ActiveCampaignStream):
    """History of orders: one row for each time an order or cart came in or changed."""

    name = "ecommerce_order_activities"
    path = "ecomOrderActivities"
    replication_key = "updated_date"
    created_key = "created_date"
    columns = (
        id_("Identifier of the activity."),
        ref("orderid", "ecommerce_orders", "Order."),
        ref("order", "ecommerce_orders", "Order."),
        *ORDER,
        text("store_name", "Name of the shop."),
        text("logo_url", "Address of the shop's logo."),
    )


class EcommerceOrderDiscounts(ChildStream):
    """Discounts on orders.

    Costs one request for each order that changed, so it is not selected by default.
    """

    name = "ecommerce_order_discounts"
    parent = "ecommerce_orders"
    parent_key = "ecom_order"
    path = "ecomOrders/{parent_id}/orderDiscounts"
    envelope: ClassVar[str] = "ecomOrderDiscounts"
    replication_key = "updated_date"
    created_key = "created_date"
    columns = (
        id_("Identifier of the discount."),
        ref("ecom_order", "ecommerce_orders", "Order that the discount was read from."),
        ref("orderid", "ecommerce_orders", "Order."),
        text("name", "Name or code of the discount."),
        text("type", "What is discounted: order or shipping."),
        cents("discount_amount", "Amount of the discount."),
        *CREATED_AND_UPDATED,
    )
