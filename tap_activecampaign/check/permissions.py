"""Which of ActiveCampaign's group permissions a stream needs, by the names on its settings page."""

from __future__ import annotations

# By the beginning of a stream's name; the first one that fits.
_PERMISSIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Deals", ("deal", "contact_deal", "task")),
    ("Accounts", ("account_contact", "account_custom", "accounts")),
    ("Reports", ("link_data", "mpp_link_data", "logs", "campaign_report", "contact_conversion")),
    ("Automations", ("automation", "contact_automation", "goals", "contact_goal", "conversion")),
    ("Lists", ("lists", "list_", "contact_lists")),
    ("Subscription Forms", ("forms",)),
    ("Templates", ("templates", "messages", "personalizations", "brandings")),
    ("Saved Responses", ("saved_responses",)),
    (
        "Web Personalization",
        ("site_", "event_tracking", "contact_tracking_logs"),
    ),
    ("Campaigns", ("campaign", "bounce_logs", "sms", "whatsapp", "addresses")),
    (
        "Contacts",
        (
            "contact",
            "activities",
            "audiences",
            "bulk_imports",
            "email_activities",
            "geo_",
            "notes",
            "scores",
            "segments",
            "tags",
        ),
    ),
)
_ADMINISTRATOR = "an administrator's key"


def permission_for(stream: str) -> str:
    """Return what the token's user must be permitted to read a stream.

    Everything else belongs to the account's settings, shop or apps, which administrators see.
    """
    for permission, beginnings in _PERMISSIONS:
        if stream.startswith(beginnings):
            return permission
    return _ADMINISTRATOR
