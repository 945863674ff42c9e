"""Moments and days in each spelling of the API."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_activecampaign.records.timestamps import (
    day_text,
    earlier,
    instant,
    is_repeated_hour,
    parse_utc,
    utc_text,
)

CENTRAL = ZoneInfo("America/Chicago")
SAO_PAULO = ZoneInfo("America/Sao_Paulo")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # With an offset, whatever the zone of naive stamps.
        ("2018-09-12T16:53:50-05:00", "2018-09-12T21:53:50+00:00"),
        ("2018-12-12T16:53:50-06:00", "2018-12-12T22:53:50+00:00"),
        ("2018-12-12T16:53:50-0600", "2018-12-12T22:53:50+00:00"),
        ("2018-12-12T03:30:00+05:30", "2018-12-11T22:00:00+00:00"),
        ("2018-09-12T16:53:50Z", "2018-09-12T16:53:50+00:00"),
        ("2018-09-12T16:53:50z", "2018-09-12T16:53:50+00:00"),
        # An hour of one digit, as observed in the vendor's reference.
        ("2018-09-12T6:53:50-05:00", "2018-09-12T11:53:50+00:00"),
        # Naive: the wall clock of US Central time, in winter and in summer.
        ("2018-11-06 02:26:07", "2018-11-06T08:26:07+00:00"),
        ("2018-07-06 02:26:07", "2018-07-06T07:26:07+00:00"),
        ("2018-07-06", "2018-07-06T05:00:00+00:00"),
        ("2018-07-06 02:26", "2018-07-06T07:26:00+00:00"),
        # The hour that daylight saving skips, and the first of the hour that it repeats.
        ("2024-03-10 02:30:00", "2024-03-10T08:30:00+00:00"),
        ("2024-11-03 01:30:00", "2024-11-03T06:30:00+00:00"),
        # Decimals: nanoseconds are cut to microseconds.
        ("2021-05-12T11:10:06.123456789Z", "2021-05-12T11:10:06.123456+00:00"),
        ("2021-05-12T11:10:06.999999999Z", "2021-05-12T11:10:06.999999+00:00"),
        ("2021-05-12T11:10:06.120Z", "2021-05-12T11:10:06.120000+00:00"),
        ("2021-05-12T11:10:06,5Z", "2021-05-12T11:10:06.500000+00:00"),
        ("  2018-09-12T16:53:50Z ", "2018-09-12T16:53:50+00:00"),
        # The first and the last moment that exist.
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00+00:00"),
        ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59+00:00"),
        # Offsets that are no whole hours, and clocks that once ran by the sun.
        ("2018-12-12T16:53:50+05:45", "2018-12-12T11:08:50+00:00"),
        ("1850-01-01 00:00:00", "1850-01-01T05:50:36+00:00"),
        # Never.
        ("", None),
        ("   ", None),
        ("0000-00-00", None),
        ("0000-00-00 00:00:00", None),
        ("0000-00-00T00:00:00-05:00", None),
    ],
)
def test_utc_text_when_the_spelling_is_known(text: str, expected: str | None) -> None:
    assert utc_text(text, CENTRAL) == expected


@pytest.mark.parametrize(
    "text",
    [
        "yesterday",
        "2018-13-01 00:00:00",
        "2018-02-30",
        "2018-09-12T25:00:00Z",
        "12/09/2018",
        "1536771230",
        "2018-09-12T16:53:50+99:99",
        "2018-09-12T16:53:50+24:00",
        "2018-09-12T24:00:00Z",
        "2018-09-12 23:59:60",
        "2018-09-12 23:60:00",
        # As PHP writes a zero date, and beyond the last year.
        "-0001-11-30T00:00:00-06:00",
        "-0001-11-30 00:00:00",
        "20107-01-01 00:00:00",
        "10000-01-01T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "9999-12-31 23:59:59",
        "1_68-09-12 16:53:50",
        "\u0662\u0660\u0661\u0668-09-12",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
    ],
)
def test_utc_text_when_it_is_no_moment(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        utc_text(text, CENTRAL)


def test_naive_stamps_are_read_in_the_zone_of_the_settings() -> None:
    assert utc_text("2024-01-15 12:00:00", SAO_PAULO) == "2024-01-15T15:00:00+00:00"


@given(
    st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2100, 1, 1)),  # noqa: DTZ001
    st.integers(min_value=-14 * 60, max_value=14 * 60),
    st.integers(min_value=0, max_value=9),
)
def test_a_moment_survives_any_offset_and_number_of_decimals(
    wall: datetime, offset_minutes: int, decimals: int
) -> None:
    moment = wall.replace(tzinfo=timezone(timedelta(minutes=offset_minutes)))
    sign, minutes = "-" if offset_minutes < 0 else "+", abs(offset_minutes)
    digits = f"{wall.microsecond:06}000"[:decimals]
    text = (
        f"{wall:%Y-%m-%dT%H:%M:%S}{'.' if digits else ''}{digits}"
        f"{sign}{minutes // 60:02}:{minutes % 60:02}"
    )
    kept = moment.replace(microsecond=int(digits[:6].ljust(6, "0")))
    assert instant(text, CENTRAL) == kept
    written = utc_text(text, CENTRAL)
    assert written is not None
    assert datetime.fromisoformat(written) == kept
    assert written.endswith("+00:00")


# Texts that look like moments, many of which are none.
NEARLY_MOMENTS = st.builds(
    "{}-{:02}-{:02}{}{:02}:{:02}:{:02}{}".format,
    st.sampled_from(["0000", "0001", "1850", "2024", "9999", "-001", "20107", "24"]),
    st.integers(0, 13),
    st.integers(0, 32),
    st.sampled_from(["T", " ", "", "x"]),
    st.integers(0, 25),
    st.integers(0, 61),
    st.integers(0, 61),
    st.sampled_from(["", "Z", "+00:00", "-06:00", "+05:45", "+23:59", "-99:00", ".5Z", "+1"]),
)


@given(NEARLY_MOMENTS, st.sampled_from([CENTRAL, SAO_PAULO, ZoneInfo("Asia/Kathmandu")]))
def test_what_is_written_is_the_moment_that_was_read(text: str, zone: ZoneInfo) -> None:
    try:
        moment = instant(text, zone)
    except ValueError:
        with pytest.raises(ValueError, match=r"."):
            utc_text(text, zone)
        return
    written = utc_text(text, zone)
    assert written == (None if moment is None else moment.isoformat())
    # What records hold, state can hold.
    if written is not None:
        assert parse_utc(written) == moment


@given(st.text(max_size=40) | NEARLY_MOMENTS)
def test_any_text_is_a_moment_none_or_a_value_error(text: str) -> None:
    try:
        moment = instant(text, CENTRAL)
    except ValueError:
        return
    assert moment is None or moment.tzinfo is timezone.utc


@given(st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2100, 1, 1)))  # noqa: DTZ001
def test_written_moments_of_whole_seconds_sort_like_moments(wall: datetime) -> None:
    one = wall.replace(microsecond=0, tzinfo=timezone.utc)
    other = one + timedelta(seconds=1)
    texts = [utc_text(moment.isoformat(), CENTRAL) or "" for moment in (one, other)]
    assert texts == sorted(texts)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2018-09-12", "2018-09-12"),
        ("2018-09-12 00:00:00", "2018-09-12"),
        ("2018-09-12T00:00:00", "2018-09-12"),
        ("2018-09-12T00:00:00-05:00", "2018-09-12"),
        ("0001-01-01", "0001-01-01"),
        (" 2018-09-12 ", "2018-09-12"),
        ("", None),
        ("0000-00-00", None),
        ("0000-00-00 00:00:00", None),
    ],
)
def test_day_text_when_it_is_a_day_or_none(text: str, expected: str | None) -> None:
    assert day_text(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "2018-09-12 16:53:50",
        "2018-02-30",
        "12.09.2018",
        "never",
        "20180912",
        "2018-W37-3",
        "-001-11-30",
        "20107-01-01",
    ],
)
def test_day_text_when_it_is_no_day(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        day_text(text)


def test_parse_utc_when_there_is_no_offset_is_utc() -> None:
    assert parse_utc("2024-01-01") == datetime(2024, 1, 1, tzinfo=timezone.utc)
    assert parse_utc("2024-01-01T01:00:00+01:00") == datetime(2024, 1, 1, tzinfo=timezone.utc)


@pytest.mark.parametrize("text", ["", "0000-00-00", "soon"])
def test_parse_utc_when_there_is_no_moment(text: str) -> None:
    with pytest.raises(ValueError, match="not a moment"):
        parse_utc(text)


@pytest.mark.parametrize("value", [None, 5, 1.5, True, [], {}, "\ud800", "9" * 5000])
def test_parse_utc_when_it_is_no_text_of_a_moment(value: Any) -> None:
    with pytest.raises(ValueError, match="not a moment"):
        parse_utc(value)


FIRST = datetime.min.replace(tzinfo=timezone.utc)
LAST = datetime.max.replace(tzinfo=timezone.utc)


@given(
    st.datetimes(timezones=st.just(timezone.utc)),
    st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=10**6)),
)
def test_earlier_stays_among_the_moments_that_exist(moment: datetime, by: timedelta) -> None:
    moved = earlier(moment, by)
    assert FIRST <= moved <= moment
    assert moved == FIRST or moment - moved == by


@pytest.mark.parametrize("moment", [FIRST, LAST])
@pytest.mark.parametrize("zone", [CENTRAL, ZoneInfo("Asia/Tokyo")])
def test_no_hour_is_repeated_at_the_ends_of_the_calendar(moment: datetime, zone: ZoneInfo) -> None:
    assert not is_repeated_hour(moment, zone)


@pytest.mark.parametrize(("hour", "expected"), [(5, False), (6, True), (7, True), (8, False)])
def test_the_hour_is_repeated_when_clocks_go_back(hour: int, expected: bool) -> None:
    moment = datetime(2024, 11, 3, hour, 30, tzinfo=timezone.utc)
    assert is_repeated_hour(moment, CENTRAL) is expected
