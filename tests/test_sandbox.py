"""Documents made to cost time and memory cost their child at most."""

import os
import time
from contextlib import suppress

import pytest

from pipeline.sandbox import Overrun, Sandbox
from tests.test_parse import read


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(1) as opened:
        yield opened


def spin():
    while True:
        pass


def swallow():
    return len(bytearray(3 << 30))


def die():
    os._exit(7)


def fail():
    raise ValueError("no")


@pytest.mark.parametrize(
    ("function", "words"),
    [(spin, "processor time"), (swallow, "memory"), (die, "exit code 7"), (fail, "ValueError: no")],
)
def test_a_child_that_misbehaves_is_told_of_and_replaced(sandbox, function, words):
    with pytest.raises(Overrun, match=words):
        sandbox.call(function, seconds=1)
    assert sandbox.call(len, "abc") == 3


def idle():
    time.sleep(15)


def test_a_child_that_waits_for_ever_is_not_waited_for(sandbox, monkeypatch):
    monkeypatch.setattr("pipeline.sandbox.GRACE", 1)
    monkeypatch.setattr("pipeline.sandbox.WALL_FACTOR", 1)
    with pytest.raises(Overrun, match="took longer than 2 s"):
        sandbox.call(idle, seconds=1)
    assert sandbox.call(len, "abc") == 3


def item(inside):
    return f'<rss version="2.0"><channel><item><title>А</title><link>https://v.example/1</link>{inside}</item></channel></rss>'


HOSTILE = {
    "an author of 80 kB": item(f"<author>{'a' * 80_000}@</author>"),
    "an author of 80 kB in CDATA": item(f"<author><![CDATA[{'a.' * 40_000}@]]></author>"),
    "100,000 open comments": item(f"<description>{'&lt;!--' * 100_000}</description>"),
    "100,000 open tags": item(f"<description>{'&lt;' * 200_000}</description>"),
    "40,000 attributes": item(f"<x {' '.join(f'a{n}=1' for n in range(40_000))}/>"),
    "a million levels": "<rss version='2.0'><channel><item>" + "<a>" * 1_000_000,
    "thousands of nested blocks": item(f"<description>{'&lt;div>' * 5_000}Текст.</description>"),
    "a style of 2 MB": item(f"<description>&lt;p style='{'color: red; ' * 170_000}'>Текст.&lt;/p></description>"),
    "50,000 items": "<rss version='2.0'><channel>" + "<item><title>А</title></item>" * 50_000 + "</channel></rss>",
    "300,000 references": item(f"<description>{'&amp;nbsp;' * 300_000}</description>"),
    "100,000 namespaces": item("".join(f"<n{n}:a/>" for n in range(20_000))),
    "200,000 unfinished CDATA": item("<![CDATA[" * 200_000),
    "brackets of JSON": '{"items": ' + "[" * 500_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_document_costs_little_or_its_child(sandbox, name):
    content = HOSTILE[name].encode()
    started = time.process_time()
    with suppress(Overrun):
        sandbox.call(read, content, seconds=5)
    assert time.process_time() - started < 5  # of ours, not of the child
    assert sandbox.call(len, "abc") == 3
