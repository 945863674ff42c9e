"""Shapes of streams other than a plain collection: how rows lie in bodies, and bodies in pages."""

from __future__ import annotations

from tap_activecampaign.shapes.child import ChildStream
from tap_activecampaign.shapes.graphql import GraphQLStream
from tap_activecampaign.shapes.json_api import flatten_json_api
from tap_activecampaign.shapes.numbered import NumberedStream
from tap_activecampaign.shapes.sideload import SideloadStream
from tap_activecampaign.shapes.single import SingleAnswerStream

__all__ = [
    "ChildStream",
    "GraphQLStream",
    "NumberedStream",
    "SideloadStream",
    "SingleAnswerStream",
    "flatten_json_api",
]
