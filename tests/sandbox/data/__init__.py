"""The account's collections: the table of them all, by area."""

from __future__ import annotations

from tests.sandbox.data import (
    accounts,
    automations,
    campaigns,
    contact_children,
    contact_history,
    contacts,
    conversions,
    custom_objects,
    deals,
    ecommerce,
    journeys,
    lists,
    messaging,
    people,
    segments,
    settings,
    shop_graph,
    tasks,
)

SPECS = (
    *contacts.SPECS,
    *lists.SPECS,
    *contact_children.SPECS,
    *contact_history.SPECS,
    *segments.SPECS,
    *campaigns.SPECS,
    *automations.SPECS,
    *conversions.SPECS,
    *journeys.SPECS,
    *accounts.SPECS,
    *deals.SPECS,
    *tasks.SPECS,
    *ecommerce.SPECS,
    *shop_graph.SPECS,
    *custom_objects.SPECS,
    *messaging.SPECS,
    *people.SPECS,
    *settings.SPECS,
)
