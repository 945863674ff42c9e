"""Connected shops and their customers.

Source: https://developers.activecampaign.com/reference/list-all-connections
"""

from __future__ import annotations

from tap_activecampaign.records.columns import cents, flag, id_, integer, ref, text, timestamp
from tap_activecampaign.stream_types.base import ActiveCampaignStream


class EcommerceConnections(ActiveCampaignStream):
    """Shops and other services that are connected to the account."""

    name = "ecommerce_connections"
    path = "connections"
    replication_key = "udate"
    created_key = "cdate"
    columns = (
        id_("Identifier of the connection."),
        text("service", "Service of the shop, for example shopify."),
        text("service_name", "Name of the service."),
        text("externalid", "Identifier of the shop in the service."),
        text("name", "Name of the shop."),
        text("connection_type", "Kind of the connection, for example ecommerce."),
        flag("is_internal", "Whether ActiveCampaign itself made the integration."),
        integer("status", "0 error, 1 connected."),
        integer("sync_status", "0 no synchronization running, 1 running."),
        timestamp("sync_request_time", "When a synchronization was last asked for."),
        timestamp("sync_start_time", "When a synchronization last began."),
        timestamp("last_sync", "When the shop was last synchronized."),
        text("logo_url", "Address of the service's logo."),
        text("link_url", "Address at which the integration is managed."),
        ref("list_id", "lists", "List that new contacts join; 0 for none."),
        text("plan_tier", "Plan that the connection needs."),
        timestamp("credential_expiration", "When the access to the shop expires."),
        timestamp("disconnect_date", "When the shop was disconnected."),
        timestamp("cdate", "When the connection was made."),
        timestamp("udate", "When the connection was last changed."),
    )


class EcommerceCustomers(ActiveCampaignStream):
    """Customers of shops: a row for each shop, and one over all shops.

    The row over all shops has connectionid 0: who adds up all rows counts twice.
    """

    name = "ecommerce_customers"
    path = "ecomCustomers"
    replication_key = "tstamp"
    columns = (
        id_("Identifier of the customer."),
        ref("connectionid", "ecommerce_connections", "Shop; 0 for the sum over all shops."),
        ref("connection", "ecommerce_connections", "Shop; empty for the sum over all shops."),
        text("externalid", "Identifier of the customer in the shop."),
        text("email", "E-mail address."),
        cents("total_revenue", "Sum of the customer's orders."),
        integer("total_orders", "Number of orders."),
        integer("total_products", "Number of products bought."),
        cents("avg_revenue_per_order", "Mean value of an order."),
        text("avg_product_category", "Category that the customer buys most."),
        flag("accepts_marketing", "Whether the customer agreed to marketing."),
        text("sms_marketing_state", "State of the consent to text messages."),
        text("sms_opt_in_level", "How the consent to text messages was given."),
        timestamp("sms_consent_updated_at", "When the consent to text messages last changed."),
        timestamp("tstamp", "When the customer was last changed."),
    )
