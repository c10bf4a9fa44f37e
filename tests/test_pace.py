from datetime import UTC, datetime, timedelta

import pytest

from pipeline.pace import Wishes, is_dead, next_due, next_try, retry_after

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)  # a Tuesday


def minutes(moment):
    return (moment - NOW).total_seconds() / 60


@pytest.mark.parametrize(
    ("headers", "wishes", "wait"),
    [
        ({}, Wishes(), 25),  # a cron line every half hour finds it due
        ({"cache-control": "max-age=3600"}, Wishes(), 60),
        ({"cache-control": "max-age=3600", "age": "1800"}, Wishes(), 30),
        ({"cache-control": "no-cache, max-age=3600"}, Wishes(), 25),
        ({"cache-control": "s-maxage=99999"}, Wishes(), 25),
        ({"cache-control": "max-age=99999999999"}, Wishes(), 360),
        ({"expires": "Tue, 24 Nov 2026 05:00:00 GMT", "date": "Tue, 24 Nov 2026 03:00:00 GMT"}, Wishes(), 120),
        ({"expires": "0"}, Wishes(), 25),
        ({}, Wishes(ttl=120), 120),
        ({}, Wishes(ttl=5), 25),
        ({}, Wishes(ttl=600), 360),  # held to six hours, or the news is lost
        ({}, Wishes(skip_hours=(3, 4, 5)), 180),
        ({}, Wishes(skip_hours=tuple(range(24))), 25),
        ({}, Wishes(skip_days=("tuesday",)), 21 * 60),
    ],
)
def test_a_feed_is_asked_again_when_it_wishes(headers, wishes, wait):
    assert minutes(next_due(NOW, 30, headers, wishes)) == wait


@pytest.mark.parametrize(("failures", "wait"), [(0, 25), (1, 115), (2, 235), (3, 475), (4, 955), (5, 1435), (60, 1435)])
def test_failures_are_met_with_patience_up_to_a_day(failures, wait):
    assert minutes(next_try(NOW, 30, failures)) == wait


@pytest.mark.parametrize(
    ("wish", "seconds"),
    [
        ("120", 120),
        ("Tue, 24 Nov 2026 04:00:00 GMT", 3600),
        ("Tue, 24 Nov 2015 04:00:00 GMT", 0),
        ("315360000", 86400),
        ("-1", None),
        ("9e99", None),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after_is_honoured_within_a_day(wish, seconds):
    assert retry_after(NOW, wish) == (None if seconds is None else timedelta(seconds=seconds))


def test_a_feed_is_dead_after_two_weeks():
    assert not is_dead(None, NOW)
    assert not is_dead(NOW - timedelta(days=13), NOW)
    assert is_dead(NOW - timedelta(days=14), NOW)
