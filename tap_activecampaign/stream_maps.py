"""Stream maps, for the streams that are selected."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from singer_sdk.mapper import PluginMapper
from singer_sdk.singerlib import Catalog

if TYPE_CHECKING:
    import logging
    from collections.abc import Mapping


def mapper_for(config: Mapping[str, Any], catalog: Catalog, logger: logging.Logger) -> PluginMapper:
    """Return the stream maps of a run.

    The SDK applies a map to streams that are not selected as well. Of these nothing is left in the
    schema, not even the key, so that a map for all streams (``*``) would end every run.

    Args:
        config: The tap's settings.
        catalog: What is selected.
        logger: Where the SDK tells of stream maps.
    """
    selected, others = Catalog(), Catalog()
    for name, entry in catalog.items():
        is_selected = entry.metadata.resolve_selection()[()]
        (selected if is_selected else others)[name] = entry
    # It takes out of the settings what it has read.
    mapper = PluginMapper(plugin_config=deepcopy(dict(config)), logger=logger)
    mapper.register_raw_streams_from_catalog(selected)
    plain = PluginMapper(plugin_config={**config, "stream_maps": {}}, logger=logger)
    plain.register_raw_streams_from_catalog(others)
    for name, maps in plain.stream_maps.items():
        mapper.stream_maps.setdefault(name, maps)
    return mapper
