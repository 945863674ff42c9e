"""What the sandbox serves of each stream, found without the tap's code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import requests

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sandbox import Sandbox

Row = dict[str, Any]

# Name of the sandbox's collection, for each stream that is a list.
COLLECTIONS = {
    "account_contacts": "accountContacts",
    "account_custom_field_values": "accountCustomFieldData",
    "account_custom_fields": "accountCustomFieldMeta",
    "activities": "activities",
    "address_groups": "addressGroups",
    "addresses": "addresses",
    "audiences": "audiences",
    "automation_blocks": "automationBlocks",
    "automations": "automations",
    "bounce_logs": "bounceLogs",
    "brandings": "brandings",
    "calendars": "calendars",
    "campaign_links": "links",
    "campaign_lists": "campaignLists",
    "campaign_messages": "campaignMessages",
    "campaigns": "campaigns",
    "configs": "configs",
    "contact_automations": "contactAutomations",
    "contact_automation_logs": "contactAutomationLogs",
    "contact_conversion_attributions": "attributions",
    "contact_conversion_points": "contactConversionPoints",
    "contact_conversions": "contactConversions",
    "contact_goal_lists": "contactGoalLists",
    "contact_goal_tags": "contactGoalTags",
    "contact_custom_field_groups": "groupDefinitions",
    "contact_custom_field_options": "fieldOptions",
    "contact_custom_field_rels": "fieldRels",
    "contact_custom_field_values": "fieldValues",
    "contact_custom_fields": "fields",
    "contact_data": "contactData",
    "contact_deals": "contactDeals",
    "contact_emails": "contactEmails",
    "contact_geo_ips": "geoIps",
    "contact_goals": "contactGoals",
    "contact_lists": "contactLists",
    "contact_logs": "contactLogs",
    "contact_plus_append": "plusAppends",
    "contact_score_values": "scoreValues",
    "contact_tags": "contactTags",
    "contact_tracking_logs": "trackingLogs",
    "contacts": "contacts",
    "conversion_triggers": "conversionTriggers",
    "conversions": "conversions",
    "custom_object_records": "records",
    "custom_object_schemas": "schemas",
    "deal_activities": "dealActivities",
    "deal_custom_field_values": "dealCustomFieldData",
    "deal_custom_fields": "dealCustomFieldMeta",
    "deal_group_users": "dealGroupUsers",
    "deal_groups": "dealGroups",
    "deal_roles": "dealRoles",
    "deal_stages": "dealStages",
    "deals": "deals",
    "ecommerce_connections": "connections",
    "ecommerce_customers": "ecomCustomers",
    "ecommerce_order_activities": "ecomOrderActivities",
    "ecommerce_order_products": "ecomOrderProducts",
    "ecommerce_orders": "ecomOrders",
    "ecommerce_products": "searchProduct",
    "ecommerce_recurring_payments": "searchRecurringPayment",
    "email_activities": "emailActivities",
    "event_tracking_events": "eventTrackingEvents",
    "forms": "forms",
    "geo_addresses": "geoAddresses",
    "goals": "goals",
    "group_limits": "groupLimits",
    "groups": "groups",
    "link_data": "linkData",
    "list_exclusions": "exclusions",
    "list_groups": "listGroups",
    "lists": "lists",
    "logs": "logs",
    "messages": "messages",
    "mpp_link_data": "mppLinkData",
    "notes": "notes",
    "personalizations": "personalizations",
    "saved_responses": "savedResponses",
    "scores": "scores",
    "segments": "segments",
    "site_messages": "siteMessages",
    "site_tracking_domains": "urlWhitelistings",
    "sms": "sms",
    "sms_broadcasts": "smsBroadcasts",
    "sms_lists": "smsLists",
    "tags": "tags",
    "task_notifications": "taskNotifications",
    "task_outcomes": "taskOutcomes",
    "task_type_outcomes": "tasktypeOutcomeRels",
    "task_types": "dealTasktypes",
    "tasks": "dealTasks",
    "templates": "templates",
    "users": "users",
    "webhooks": "webhooks",
    "whatsapp_conversations": "whatsappConversations",
    "whatsapp_flow_execution_contacts": "whatsappFlowExecutionContacts",
    "whatsapp_flow_executions": "whatsappFlowExecutions",
    "whatsapp_templates": "whatsappTemplates",
}

JSON_API = {"audiences", "site_tracking_domains"}


@dataclass(frozen=True)
class Below:
    """A list below each row of a collection, whose rows do not say whose they are."""

    parents: str
    path: str
    envelope: str
    parent_key: str


CHILDREN = {
    "automation_triggers": Below(
        "automations", "automations/{}/triggers", "automationTriggers", "automation"
    ),
    "contact_automation_entry_counts": Below(
        "contacts", "contacts/{}/automationEntryCounts", "automationEntryCounts", "contact"
    ),
    "ecommerce_order_discounts": Below(
        "ecomOrders", "ecomOrders/{}/orderDiscounts", "ecomOrderDiscounts", "ecom_order"
    ),
    "sms_broadcast_failures": Below(
        "smsBroadcasts", "sms/broadcasts/metrics/{}/failures", "failures", "broadcast_id"
    ),
    "sms_broadcast_recipients": Below(
        "smsBroadcasts", "sms/broadcasts/{}/recipients", "recipients", "broadcast_id"
    ),
}


def _bulk_imports(body: Row) -> list[Row]:
    return [
        {**row, "state": state}
        for key, state in (
            ("outstanding", "outstanding"),
            ("recentlyCompleted", "recently_completed"),
        )
        for row in body[key]
    ]


def _steps(sandbox: Sandbox) -> list[Row]:
    return [
        {**step, "contact_automation": run["id"], "position": at}
        for run in sandbox.account.rows("contactAutomations")
        for at, step in enumerate(
            _get(sandbox, f"automations/{run['automation']}/contactAutomations/{run['id']}/steps")[
                "steps"
            ]
        )
    ]


# Streams below two rows.
DEEPER = {"contact_automation_steps": _steps}

# Path and reading of each stream that one answer holds.
ANSWERS: dict[str, tuple[str, Callable[[Row], list[Row]]]] = {
    "account_settings": ("settings/account", lambda body: [body]),
    # Without this, the account tells no counts.
    "accounts": ("accounts?count_deals=true", lambda body: list(body["accounts"])),
    "bulk_imports": ("import/bulk_import", _bulk_imports),
    "event_tracking": (
        "eventTracking",
        lambda body: [{**body["eventTracking"], "attribute": "enabled"}],
    ),
    "site_tracking": (
        "siteTracking",
        lambda body: [{**body["siteTracking"], "attribute": "enabled"}],
    ),
    "sms_credits": ("sms/credits", lambda body: [body["smsCredits"]]),
    "webhook_events": (
        "webhook/events",
        lambda body: [{"name": name} for name in body["webhookEvents"]],
    ),
}


def wire_rows(sandbox: Sandbox, stream: str) -> list[Row]:
    """Return every row of a stream as served, with JSON:API's attributes beside the id."""
    account = sandbox.account
    if stream in ANSWERS:
        path, read = ANSWERS[stream]
        return read(_get(sandbox, path))
    if stream in DEEPER:
        return DEEPER[stream](sandbox)
    if stream in CHILDREN:
        child = CHILDREN[stream]
        parents = [row["id"] for row in account.rows(child.parents)]
        return [
            {**row, child.parent_key: parent}
            for parent in parents
            for row in _get(sandbox, child.path.format(parent))[child.envelope]
        ]
    rows = account.rows(COLLECTIONS[stream])
    if stream in JSON_API:
        return [{**row["attributes"], "id": row["id"]} for row in rows]
    return rows


def _get(sandbox: Sandbox, path: str) -> Any:
    response = requests.get(
        f"{sandbox.url}/api/3/{path}",
        params={"limit": 100},
        headers={"Api-Token": sandbox.token, "Connection": "close"},
        timeout=10,
    )
    assert response.status_code == 200, path
    return response.json()
