"""Types of streams other than a plain collection: how rows lie in bodies, and bodies in pages."""

from __future__ import annotations

from tap_activecampaign.stream_types.account_list import AccountListStream
from tap_activecampaign.stream_types.base import streams_in
from tap_activecampaign.stream_types.child import ChildStream
from tap_activecampaign.stream_types.custom_fields import (
    CustomFieldOwner,
    CustomFieldValueStream,
)
from tap_activecampaign.stream_types.graphql import GraphQLStream
from tap_activecampaign.stream_types.json_api import flat_json_api
from tap_activecampaign.stream_types.page_number import PageNumberStream
from tap_activecampaign.stream_types.sideload import SideloadStream
from tap_activecampaign.stream_types.single_response import SingleResponseStream
from tap_activecampaign.stream_types.unpaged_child import UnpagedChildStream

__all__ = [
    "AccountListStream",
    "ChildStream",
    "CustomFieldOwner",
    "CustomFieldValueStream",
    "GraphQLStream",
    "PageNumberStream",
    "SideloadStream",
    "SingleResponseStream",
    "UnpagedChildStream",
    "flat_json_api",
    "streams_in",
]
