"""The SDK's own suites. They cannot see repeated keys and lost rows: test_every_stream.py does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from singer_sdk.testing import SuiteConfig, get_tap_test_class

from tap_activecampaign.tap import TapActiveCampaign
from tests.sandbox import Sandbox
from tests.tap.runs import catalog_of, config_of

if TYPE_CHECKING:
    from collections.abc import Iterator

# A property that is null in each row: whether the sandbox has a value is test_every_stream's task.
pytestmark = [
    pytest.mark.filterwarnings("ignore:No records were available to test"),
    pytest.mark.slow,
]

# The suites build the tap while they are collected.
SANDBOX = Sandbox(contacts=20, requests_per_second=None).start()


# Not at the end of the module: another worker may hand some of its tests back to this one.
@pytest.fixture(scope="session", autouse=True)
def _stopped() -> Iterator[None]:
    yield
    SANDBOX.stop()


CONFIG = config_of(SANDBOX, requests_per_second=100)
TestTapActiveCampaign = get_tap_test_class(
    TapActiveCampaign,
    config=CONFIG,
    suite_config=SuiteConfig(max_records_limit=None),
    catalog=catalog_of(CONFIG),
)
