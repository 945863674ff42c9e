"""What contacts did and what was done about them.

Source: https://developers.activecampaign.com/reference/list-contact-activities
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from typing_extensions import override

from tap_activecampaign.api import (
    AccessDeniedError,
    NotFoundError,
    RequestRefusedError,
    ServerFaultError,
)
from tap_activecampaign.records.columns import (
    array,
    id_,
    integer,
    json,
    primary,
    ref,
    text,
    timestamp,
)
from tap_activecampaign.records.timestamps import earlier
from tap_activecampaign.stream_types import ChildStream
from tap_activecampaign.streams.contacts_and_lists.correspondence import points_to

if TYPE_CHECKING:
    from concurrent.futures import Future
    from datetime import datetime

    from tap_activecampaign.api import ApiSession
    from tap_activecampaign.pagination import Page

    Row = dict[str, Any]


class Activities(ChildStream):
    """What contacts did, got or entered. Costs two requests for each changed contact.

    An account that still lists the activities of all contacts at once is read in one pass.
    """

    name = "activities"
    path = "activities"
    permission = "Contacts"
    envelope = "activities"
    parent = "contacts"
    requests_per_parent = 2
    parent_key = "subscriberid"
    cost = "2 or more{below}, or 1 per 100 rows if the account lists them without a contact"
    replication_key = "tstamp"
    # They are made when a contact is looked at.
    late_by = timedelta(days=7)
    columns = (
        id_("Identifier of the activity among those of its kind."),
        primary(
            text("reference_type", "Kind of the activity, for example SubscriberList or Note.")
        ),
        integer("reference_id", "Identifier of the row that the activity is about."),
        text(
            "reference_action", "What happened: start, complete, subscribe, add, update or empty."
        ),
        text("reference_model_name", "Kind of the row that the activity is about."),
        points_to("reference", "Row that the activity is about."),
        ref("subscriberid", "contacts", "Contact of the activity."),
        timestamp("tstamp", "When it happened."),
        json("json_data", "Details of the activity."),
        ref("userid", "users", "User who acted; 0 for none."),
        ref("user", "users", "User who acted."),
        text("permission", "Permission that a user needs to see the activity."),
        array("notes", "integer", "Notes on the activity.", "notes"),
        array("recipients", "integer", "Identifiers of the activity's recipients."),
    )

    @override
    def params(self, since: datetime | None) -> dict[str, str]:
        if since is None:
            return {}
        # In which zone the day is read is not documented, nor whether it is included.
        return {"after": earlier(since, timedelta(days=1)).date().isoformat()}

    @override
    def lists_all_rows(self, since: datetime | None) -> bool:
        # An empty response proves nothing: a contact may have been required without saying so.
        params = {**self.params(since), "limit": "1"}
        try:
            return bool(self.begin_get(self.lane, self.path, params, 1).result().rows)
        except (AccessDeniedError, NotFoundError, RequestRefusedError, ServerFaultError) as error:
            self.logger.info("Activities are read contact by contact: %s.", error)
            return False

    @override
    def child_params(self, parent: Row) -> dict[str, str]:
        return {"contact": str(parent["id"])}

    @override
    def begin_child(
        self, parent: Row, since: datetime | None, offset: int, limit: int
    ) -> Future[Page]:
        if offset:
            return super().begin_child(parent, since, offset, limit)
        params = {**self.params(since), **self.child_params(parent), "limit": str(limit)}

        def call(session: ApiSession) -> Page:
            # ActiveCampaign makes a contact's activities when the contact is read.
            session.get(f"contacts/{quote(str(parent['id']), safe='')}", accepts=_holds_contact)
            return self.page_of(session.get(self.path, params, accepts=self.accepts), limit)

        return self.lane.begin(call)


def _holds_contact(body: Any) -> bool:
    return isinstance(body, dict) and "contact" in body
