"""Products and recurring payments, which shops send by GraphQL.

Sources:
https://developers.activecampaign.com/reference/products
https://developers.activecampaign.com/reference/recurring-payments
"""

from __future__ import annotations

from tap_activecampaign.records.columns import (
    Column,
    array,
    flag,
    integer,
    json,
    number,
    object_,
    objects,
    ref,
    text,
    timestamp,
    uuid,
)
from tap_activecampaign.stream_types import GraphQLStream

IMAGE: tuple[Column, ...] = (
    text("url", "Address of the picture."),
    integer("height", "Height in pixels."),
    integer("width", "Width in pixels."),
)

DIMENSIONS: tuple[Column, ...] = (
    number("length", "Length, in the unit of dimensions_unit."),
    number("width", "Width, in the unit of dimensions_unit."),
    number("height", "Height, in the unit of dimensions_unit."),
)

ADDRESS: tuple[Column, ...] = (
    text("first_name", "First name."),
    text("last_name", "Last name."),
    text("address1", "Address, first line."),
    text("address2", "Address, second line."),
    text("address3", "Address, third line."),
    text("city", "City."),
    text("province", "State or province."),
    text("country", "Country."),
    text("postal", "Postal code."),
    text("phone", "Phone number."),
    text("company", "Company."),
    text("email", "E-mail address."),
)


class EcommerceProducts(GraphQLStream):
    """Products of connected shops: one row for each variant."""

    name = "ecommerce_products"
    search = "searchProduct"
    replication_key = "variant_store_modified_date"
    created_key = "variant_store_created_date"
    columns = (
        uuid("Identifier of the product variant."),
        ref("legacy_connection_id", "ecommerce_connections", "Shop."),
        text("store_primary_id", "Identifier of the variant in the shop."),
        text("store_base_product_id", "Identifier in the shop of the product of all variants."),
        text("base_product_name", "Name of the product."),
        text("base_product_description", "Description of the product."),
        timestamp("base_product_store_created_date", "When the shop created the product."),
        timestamp("base_product_store_modified_date", "When the shop last changed the product."),
        objects("base_product_images", IMAGE, "Pictures of the product."),
        text("base_product_url", "Address of the product in the shop."),
        text("base_product_url_slug", "Short name of the product in its address."),
        object_("base_product_dimensions", "Size of the product.", DIMENSIONS),
        number("base_product_weight", "Weight of the product, metric or imperial."),
        text("dimensions_unit", "METRIC or IMPERIAL."),
        array("tags", "text", "Tags of the product in the shop."),
        array("categories", "text", "Categories of the product."),
        text("variant_sku", "Stock keeping unit of the variant."),
        text("variant_name", "Name of the variant."),
        text("variant_description", "Description of the variant."),
        text("variant_price_currency", "Currency of the price."),
        number("variant_price_amount", "Price of the variant, in units of the currency."),
        timestamp("variant_store_created_date", "When the shop created the variant."),
        timestamp("variant_store_modified_date", "When the shop last changed the variant."),
        objects("variant_images", IMAGE, "Pictures of the variant."),
        text("variant_url", "Address of the variant in the shop."),
        text("variant_url_slug", "Short name of the variant in its address."),
        object_("variant_dimensions", "Size of the variant.", DIMENSIONS),
        number("variant_weight", "Weight of the variant, metric or imperial."),
        text("type", "Kind of the product in the shop, for example physical or digital."),
        text("status", "Status of the product in the shop, for example published."),
        text("upc", "Universal product code."),
        flag("is_deleted", "Whether the product is deleted."),
        integer("number_of_sales", "Number of sales."),
        flag("is_virtual", "Whether the product needs no shipping."),
        flag("is_downloadable", "Whether the product can be downloaded."),
        flag("is_visible", "Whether the product is shown in the shop."),
        flag("is_on_sale", "Whether the product is on sale."),
        flag("is_backorders_allowed", "Whether the product can be ordered when out of stock."),
        text("stock_status", "IN_STOCK, OUT_OF_STOCK or BACKORDER."),
        number("average_ratings", "Mean rating."),
        integer("rating_count", "Number of ratings."),
        text("brand", "Brand of the product."),
        json("search_keywords", "Words by which the product is found."),
        text("condition", "Condition of the product, for example new."),
        integer("view_count", "Number of views."),
        json("attributes", "Further properties, as the shop sent them."),
    )


class EcommerceRecurringPayments(GraphQLStream):
    """Subscriptions that customers of connected shops pay for again and again."""

    name = "ecommerce_recurring_payments"
    search = "searchRecurringPayment"
    replication_key = "store_modified_date"
    created_key = "store_created_date"
    columns = (
        uuid("Identifier of the recurring payment."),
        ref("legacy_connection_id", "ecommerce_connections", "Shop."),
        text("store_recurring_payment_id", "Identifier of the recurring payment in the shop."),
        text("store_external_id", "Further identifier in the shop."),
        text("store_customer_id", "Identifier of the customer in the shop."),
        text("origin_order_id", "Identifier of the order that began the recurring payment."),
        text("name", "Name of the recurring payment."),
        text("email", "E-mail address of the customer."),
        text(
            "normalized_status",
            "ACTIVE, CANCELLED, EXPIRED, PAYMENT_FAILED, PAUSED or PENDING.",
        ),
        text("store_status", "Status in the shop's own words."),
        text("billing_interval", "DAILY, WEEKLY, MONTHLY or YEARLY."),
        integer("billing_interval_count", "Number of intervals between payments."),
        integer("total_cycles", "Number of payments in all; 0 for no end."),
        text("currency", "Currency of the amounts."),
        number("payment_amount", "Amount of each payment, in units of the currency."),
        number("discount_amount", "Discount in each payment, in units of the currency."),
        number("tax_amount", "Taxes in each payment, in units of the currency."),
        number("shipping_amount", "Shipping in each payment, in units of the currency."),
        text(
            "last_payment_status",
            "COMPLETED, DECLINED, PARTIALLY_REFUNDED, PENDING or REFUNDED.",
        ),
        timestamp("last_payment_date", "When payment was last tried."),
        timestamp("start_date", "When the recurring payment began."),
        timestamp("renewal_date", "When the recurring payment is next renewed."),
        timestamp("next_payment_date", "When the next payment is due."),
        timestamp("anchor_date", "Date on which the billing cycle is based."),
        timestamp("cancelled_date", "When the recurring payment was cancelled or paused."),
        timestamp("payment_method_expiration", "When the means of payment expires."),
        flag("is_trial", "Whether the recurring payment is a trial."),
        flag("cancel_at_period_end", "Whether it ends with the current period."),
        array("notes", "text", "Notes."),
        object_("billing_address", "Address for bills.", ADDRESS),
        object_("shipping_address", "Address for deliveries.", ADDRESS),
        array("line_item_categories", "text", "Categories of the products."),
        array("line_item_names", "text", "Names of the products."),
        array("line_item_skus", "text", "Stock keeping units of the products."),
        array("line_item_brands", "text", "Brands of the products."),
        array("line_item_tags", "text", "Tags of the products."),
        array("line_item_store_primary_ids", "text", "Identifiers of the products in the shop."),
        timestamp("store_created_date", "When the shop created the recurring payment."),
        timestamp("store_modified_date", "When the shop last changed the recurring payment."),
    )
