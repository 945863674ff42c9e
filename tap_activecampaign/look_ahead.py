"""Reading ahead across streams: pages of those that come next are fetched while one is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tap_activecampaign.client import Client
    from tap_activecampaign.stream_types.base import ActiveCampaignStream


class LookAhead:
    """Keep the account busy: most streams are of a page or two, and must not wait for each other.

    Whenever the stream that is read gets on, pages of the streams behind it are begun as well, as
    many as the client holds. The nearest stream comes first.

    Args:
        client: The account.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._upcoming: dict[str, Iterator[bool]] = {}
        # Streams of which nothing more can be begun; asking each of them again takes time.
        self._exhausted: set[str] = set()
        client.on_progress = self.go_on

    def turn_to(
        self, stream: ActiveCampaignStream, following: Sequence[ActiveCampaignStream]
    ) -> None:
        """Note which stream is read now, and which come after it, in their order."""
        self._upcoming = {
            later.name: self._upcoming.get(later.name) or later.look_ahead() for later in following
        }
        self._client.keep_ahead_for({stream.name, *self._upcoming})
        self.go_on()

    def go_on(self) -> None:
        """Begin pages until the client holds enough of them."""
        if not self._client.session.token_is_proven:
            return
        for name, pages in self._upcoming.items():
            if name in self._exhausted:
                continue
            begun: bool | None = True
            while begun:
                if not self._client.may_look_ahead:
                    return
                with self._client.looking_ahead(name):
                    begun = next(pages, None)
            if begun is None:
                self._exhausted.add(name)
