"""E-commerce and custom objects."""

from __future__ import annotations

from tap_activecampaign.streams.commerce_and_objects.custom_objects import (
    CustomObjectRecords,
    CustomObjectSchemas,
)
from tap_activecampaign.streams.commerce_and_objects.customers import (
    EcommerceConnections,
    EcommerceCustomers,
)
from tap_activecampaign.streams.commerce_and_objects.orders import (
    EcommerceOrderActivities,
    EcommerceOrderDiscounts,
    EcommerceOrderProducts,
    EcommerceOrders,
)
from tap_activecampaign.streams.commerce_and_objects.products import (
    EcommerceProducts,
    EcommerceRecurringPayments,
)

STREAMS = (
    EcommerceConnections,
    EcommerceCustomers,
    EcommerceOrders,
    EcommerceOrderProducts,
    EcommerceOrderActivities,
    EcommerceOrderDiscounts,
    EcommerceProducts,
    EcommerceRecurringPayments,
    CustomObjectSchemas,
    CustomObjectRecords,
)
