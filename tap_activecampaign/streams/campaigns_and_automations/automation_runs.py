"""What starts automations, and what each contact went through in them.

Source: https://developers.activecampaign.com/reference/retrieve-automation-triggers
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from typing_extensions import override

from tap_activecampaign.records.columns import (
    as_sent,
    id_,
    integer,
    object_,
    primary,
    ref,
    text,
    timestamp,
)
from tap_activecampaign.stream_types import UnpagedChildStream

if TYPE_CHECKING:
    from collections.abc import Iterable
    from concurrent.futures import Future
    from datetime import datetime

    from tap_activecampaign.pagination import Page

    Row = dict[str, Any]


class AutomationTriggers(UnpagedChildStream):
    """What starts an automation, such as a tag or a list. Costs one request for each automation."""

    name = "automation_triggers"
    path = "automations/{parent_id}/triggers"
    permission = "Automations"
    envelope = "automationTriggers"
    parent = "automations"
    parent_key = "automation"
    replication_key = "mdate"
    created_key = "cdate"
    columns = (
        id_("Identifier of the trigger."),
        ref("automation", "automations", "Automation that is started."),
        ref("seriesid", "automations", "Automation that is started."),
        text("type", "Kind of the trigger, for example tagadd or subscribe."),
        object_("params", "Settings of the trigger, which differ from kind to kind."),
        integer("relid", "Identifier of what the trigger is about, such as a tag or a list."),
        ref("segmentid", "segments", "Segment that a contact must be in; 0 for none."),
        integer("multientry", "Whether contacts may enter more than once: 1 for yes."),
        timestamp("cdate", "When the trigger was created."),
        timestamp("mdate", "When the trigger was last changed."),
    )


class ContactAutomationLogs(UnpagedChildStream):
    """Waits, goals and mails of contacts in automations. Costs one request for each changed entry.

    ActiveCampaign publishes the key of the answer, not the columns, so these are not proven.
    """

    name = "contact_automation_logs"
    path = "contactAutomations/{parent_id}/automationLogs"
    permission = "Automations"
    envelope = "contactAutomationLogs"
    parent = "contact_automations"
    parent_key = "contact_automation"
    replication_key = "tstamp"
    columns = (
        id_("Identifier of the log entry."),
        ref("contact_automation", "contact_automations", "Entry of the contact."),
        ref("automation", "automations", "Automation the contact is in."),
        ref("seriesid", "automations", "Automation the contact is in."),
        ref("block", "automation_blocks", "Step that was taken."),
        ref("blockid", "automation_blocks", "Step that was taken."),
        ref("contact", "contacts", "Contact in the automation."),
        ref("subscriberid", "contacts", "Contact in the automation."),
        ref("contactseriesid", "contact_automations", "Entry of the contact."),
        integer("res", "Result of the step, as ActiveCampaign numbers it."),
        timestamp("tstamp", "When the step was taken."),
        as_sent(),
    )


class ContactAutomationSteps(UnpagedChildStream):
    """All recorded steps of contacts in automations. Costs one request for each changed entry.

    ActiveCampaign publishes that steps have a reason where they were skipped, and nothing else of
    the columns, so these are not proven. A step is known by its place in the answer.
    """

    name = "contact_automation_steps"
    path = "automations/{automation_id}/contactAutomations/{parent_id}/steps"
    permission = "Automations"
    envelope = "steps"
    parent = "contact_automations"
    parent_key = "contact_automation"
    columns = (
        primary(ref("contact_automation", "contact_automations", "Entry of the contact.")),
        primary(integer("position", "Place of the step in ActiveCampaign's answer, from 0.")),
        text("id", "Identifier of the step, as ActiveCampaign sends it."),
        ref("blockid", "automation_blocks", "Step of the automation."),
        text("type", "Kind of the step."),
        text("status", "What became of the step."),
        text("skip_reason", "Why the step was skipped."),
        timestamp("tstamp", "When the step was taken."),
        as_sent(),
    )

    @override
    def child_path(self, parent: Row) -> str:
        automation_id = parent.get("seriesid") or parent.get("automation")
        return self.path.format(
            automation_id=quote(str(automation_id), safe=""),
            parent_id=quote(str(parent["id"]), safe=""),
        )

    @override
    def children(
        self, parent: Row, since: datetime | None, first: Future[Page]
    ) -> Iterable[list[Row]]:
        position = 0
        previous: list[Row] = []
        page = first.result()
        while page.rows and page.rows != previous:
            # A row that holds nothing is none, but it has its place.
            yield [
                {**row, "position": position + at} if row else row
                for at, row in enumerate(page.rows)
            ]
            if page.is_short:
                return
            previous, position = page.rows, position + len(page.rows)
            page = self.begin_child(parent, since, position, page.asked).result()
