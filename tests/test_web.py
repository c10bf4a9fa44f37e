import asyncio
import re
import sqlite3
from dataclasses import dataclass
from datetime import timedelta
from html.parser import HTMLParser
from urllib.parse import parse_qsl, quote, unquote, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.store import Store
from pipeline.store.deliveries import know_subscribers
from pipeline.web.address import read_address
from pipeline.web.app import make_app
from pipeline.web.draw import make_matrix, make_spots, month_page
from pipeline.web.land import HEIGHT, WIDTH, on_map, project
from pipeline.web.places import find_city
from tests.sample import GAS, NOW, fill

PAGES = (
    "/", "/summits", "/summits/calendar", "/summits/calendar?month=2026-12", "/summits/timeline", "/summits/map",
    "/summits/turkic-2026-12-12", "/agreements", "/agreements/late", f"/agreements/{GAS}", "/articles",
    "/articles?q=соглашение", "/articles?q=соглашение&sort=best", "/articles/1", "/articles/5", "/states",
    "/states/UZ", "/states/matrix", "/states/matrix?view=agreements", "/persons", "/organizations",
    "/organizations/ОТГ", "/topics", "/feeds", "/help", "/nothing",
)  # fmt: skip
HOSTILE = (
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "' OR 1=1 --", "'; DROP TABLE articles; --",
    "{{7*7}}", "${7*7}", "%s%n", "../../etc/passwd", "..%2f..%2fetc/passwd", "\x00", "\r\nSet-Cookie: a=b", "￿",
    "javascript:alert(1)", '"', "NEAR(a b)", "title:газ", "газ AND OR NOT", "*", "-", "(((", "9" * 400, "а" * 5000,
    "2026-13-45", "0000", "9999-12", "-1", "1e9", "\u202e", "💥", "\ud800",
)  # fmt: skip


@dataclass
class Answer:
    status: int
    headers: dict
    body: bytes

    @property
    def text(self):
        return self.body.decode()


def ask(app, address, method="GET", body=b""):
    """Call an ASGI application as a server would."""
    path, _, query = address.encode("utf-8", "replace").decode().partition("?")
    raw = quote(path.encode(), safe="/%").encode()
    path = unquote(path)
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
        "path": path, "raw_path": raw, "root_path": "", "headers": [(b"host", b"svodka.test")],
        "query_string": quote(query.encode(), safe="=&%+").encode(),
        "server": ("svodka.test", 80), "client": ("127.0.0.1", 9),
    }  # fmt: skip
    sent = []

    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive():
        if not waiting:
            await asyncio.Event().wait()  # the client neither sends more nor leaves
        return waiting.pop()

    async def send(message):
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return Answer(sent[0]["status"], headers, b"".join(message.get("body", b"") for message in sent[1:]))


@pytest.fixture(scope="module")
def db(tmp_path_factory):
    path = tmp_path_factory.mktemp("web") / "news.db"
    with Store.open(path) as store:
        fill(store)
    return path


@pytest.fixture(scope="module")
def app(db):
    return make_app(db, clock=lambda: NOW)


class Reader(HTMLParser):
    """Notes what a browser would do with a page."""

    def __init__(self, text):
        super().__init__()
        self.links, self.ids, self.labels, self.headings, self.scripts, self.handlers = [], [], [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.ids += [found["id"]] if "id" in found else []
        self.links += [found[name] for name in ("href", "src", "action") if found.get(name)]
        self.scripts += [found] if tag == "script" else []
        self.handlers += [name for name in found if name.startswith("on") or name == "style"]
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))


@pytest.mark.parametrize("address", PAGES)
def test_a_page_is_whole(app, address):
    answer = ask(app, address)
    assert answer.status == (404 if address == "/nothing" else 200)
    page = Reader(answer.text)
    assert answer.text.startswith("<!doctype html>")
    assert '<html lang="ru">' in answer.text
    assert len(page.ids) == len(set(page.ids))
    assert page.headings[0] == page.headings.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(page.headings, page.headings[1:], strict=False))
    assert page.handlers == []  # the policy of the page would forbid them
    assert page.scripts == [{"src": "/static/nicer.js", "defer": None}]


def test_every_link_of_every_page_leads_somewhere(app):
    seen, todo = set(), ["/"]
    while todo and len(seen) < 160:
        address = todo.pop()
        if address in seen:
            continue
        seen.add(address)
        answer = ask(app, address)
        assert answer.status == 200, address
        if answer.headers["content-type"].startswith("text/html"):
            links = [link for link in Reader(answer.text).links if not link.startswith("#")]
            assert all(urlsplit(link).scheme in {"", "https"} for link in links), address
            todo += [link.partition("#")[0] for link in links if link.startswith("/")]
    assert len(seen) > 100


def test_nothing_comes_from_elsewhere_and_nothing_runs_inline(app):
    headers = ask(app, "/").headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "server" not in headers


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_values_break_nothing_and_stay_text(app, db, value):
    before = db.read_bytes()
    names = ("q", "since", "until", "country", "topic", "status", "kind", "person", "place", "page", "sort", "month")
    addresses = [f"{path}?{name}={value}" for path in ("/articles", "/agreements") for name in names]
    addresses += [f"/{path}/{value}" for path in ("summits", "articles", "states", "persons", "static", "export")]
    addresses += [f"/states/matrix?since={value}", f"/summits/calendar?month={value}", f"/{value}"]
    for address in addresses:
        answer = ask(app, address)
        assert answer.status in {200, 303, 400, 404}, address
        assert b"<script>alert" not in answer.body
        assert b"<img src=x" not in answer.body
        assert b"root:" not in answer.body
        assert b"49" not in answer.body or "{{7*7}}" not in value
        assert not {"set-cookie", "a"} & set(answer.headers)
    assert db.read_bytes() == before


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(["q", "since", "country", "status", "page", "x"]), st.text(max_size=30))))
def test_any_address_is_read(pairs):
    asked = read_address("/articles", pairs, codes=("UZ", "AZ"))
    again = read_address("/articles", _pairs(asked.query()), codes=("UZ", "AZ"))
    assert again.query() == asked.query()


def _pairs(query):
    return parse_qsl(query.removeprefix("?"))


def test_texts_from_outside_are_only_text(app):
    page = ask(app, "/articles/5").text
    assert "&lt;script&gt;alert(1)" in page
    assert "<b>разметкой</b>" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in ask(app, "/agreements/KG-TJ-treaty-2026-05").text


def test_a_record_shows_its_ladder_sentences_and_contradictions(app):
    page = ask(app, f"/agreements/{GAS}").text
    assert "Подписано" in page
    assert "Ратифицировано" in page
    assert "<mark>Стороны подписали соглашение о поставках газа на 300 миллионов долларов.</mark>" in page
    assert "Источники расходятся" in page
    assert "30 млн долларов" in page.replace("\u00a0", " ")
    assert 'href="/summits/talks-AZ-UZ-2026-11-10"' in page


def test_an_old_name_leads_on(app):
    answer = ask(app, "/agreements/old-name")
    assert (answer.status, answer.headers["location"]) == (303, f"/agreements/{GAS}")


def test_filters_stand_in_the_address(app):
    page = ask(app, "/agreements?country=UZ&country=AZ&topic=energy&status=ratified").text
    assert "1 соглашение" in page.replace("\u00a0", " ")
    assert "О поставках газа" in page or "Соглашение о" in page
    wrong = ask(app, "/agreements?since=вчера&status=никакой").text
    assert "не понято: since=вчера" in wrong


def test_search_marks_what_it_found(app):
    page = ask(app, "/articles?q=соглашениями").text
    assert "<mark>соглашение</mark>" in page
    assert "2 статьи" in page.replace("\u00a0", " ")


def test_a_base_path_holds_for_all_links_whether_the_proxy_strips_it_or_not(db):
    app = make_app(db, clock=lambda: NOW, base="svodka/")
    for address in ("/svodka/summits", "/svodka/summits/", "/summits", "/svodka", "/svodka/"):
        answer = ask(app, address)
        assert answer.status == 200
        links = [link for link in Reader(answer.text).links if not link.startswith(("#", "https:"))]
        assert all(link.startswith("/svodka/") for link in links)
    assert ask(app, "/svodka/static/style.css").status == 200


def test_only_reading_is_possible(app, db):
    before = db.read_bytes()
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        assert ask(app, "/agreements", method).status == 405
    assert db.read_bytes() == before


def test_one_click_unsubscribes_and_looking_does_not(tmp_path):
    path = tmp_path / "news.db"
    with Store.open(path) as store:
        fill(store)
        know_subscribers(store, ["reader@example.org"], now=NOW, token=lambda: "t0ken")
        know_subscribers(store, ["stays@example.org"], now=NOW, token=lambda: "another")
    moments = [NOW]
    app = make_app(path, clock=lambda: moments[-1])

    def gone(address="reader@example.org"):
        with Store.read(path) as store:
            return store.value("SELECT unsubscribed_at FROM subscribers WHERE address = ?", [address])

    assert ask(app, "/unsubscribe/t0ken").status == 200
    assert gone() is None
    assert ask(app, "/unsubscribe/other", "POST", b"List-Unsubscribe=One-Click").status == 404
    assert gone() is None
    for _ in range(2):
        answer = ask(app, "/unsubscribe/t0ken", "POST", b"List-Unsubscribe=One-Click")
        assert answer.status == 200
        assert "set-cookie" not in answer.headers
        moments.append(NOW + timedelta(days=1))
    assert gone() == "2026-11-25T03:00:00Z"
    assert gone("stays@example.org") is None


def test_a_question_that_takes_too_long_is_stopped(db, monkeypatch):
    monkeypatch.setattr("pipeline.web.app.QUERY_SECONDS", -1.0)
    monkeypatch.setattr("pipeline.web.app.CHECK_EVERY", 1)
    answer = ask(make_app(db, clock=lambda: NOW), "/agreements")
    assert answer.status == 503
    assert "Sqlite" not in answer.text


def test_a_missing_database_is_said_without_its_path(tmp_path):
    answer = ask(make_app(tmp_path / "none.db", clock=lambda: NOW), "/")
    assert answer.status == 503
    assert str(tmp_path) not in answer.text


def test_the_site_reads_while_a_run_writes(tmp_path):
    path = tmp_path / "news.db"
    with Store.open(path) as store:
        fill(store)
        writer = sqlite3.connect(path, isolation_level=None)
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("DELETE FROM agreements")
        assert "2 соглашения" in ask(make_app(path, clock=lambda: NOW), "/agreements").text.replace("\u00a0", " ")
        writer.execute("ROLLBACK")
        writer.close()


def test_the_projection_keeps_shapes_and_places():
    assert project(57.0, 44.5) == pytest.approx((WIDTH / 2, HEIGHT / 2))
    baku, tashkent = (project(*find_city(name, code)) for name, code in (("Баку", "AZ"), ("Ташкент", "UZ")))
    assert baku[0] < tashkent[0]
    assert on_map(baku)
    assert not on_map(project(-77.0, 38.9))


def test_a_name_on_the_map_covers_no_circle():
    places = [
        (name, code, 10 - rank) for rank, (name, code) in enumerate([("Баку", "AZ"), ("Шуша", "AZ"), ("Рим", "IT")])
    ]
    coordinates = {("Баку", "AZ"): (49.9, 40.4), ("Шуша", "AZ"): (48.0, 40.2)}
    spots, outside = make_spots(places, coordinates)
    assert [spot.name for spot in spots] == ["Баку", "Шуша"]
    assert outside == [("Рим", "IT", 8)]
    for spot in spots:
        for other in spots:
            left, bottom = spot.label
            assert not (left < other.x < left + 8.4 * len(spot.name) and bottom - 13 < other.y < bottom + 4)


def test_the_matrix_puts_the_busiest_first():
    matrix = make_matrix([("AZ", "UZ", 5), ("KZ", "UZ", 3), ("AZ", "KZ", 1)])
    assert matrix.codes == ("UZ", "AZ", "KZ")
    assert matrix.count("UZ", "AZ") == matrix.count("AZ", "UZ") == 5
    assert [matrix.shade(count) for count in (0, 1, 5)] == [0, 2, 5]


def test_a_month_begins_on_monday():
    weeks = month_page(2027, 2, ())
    assert [day.day.isoformat() for day in weeks[0]][:1] == ["2027-02-01"]
    assert len(weeks) == 4
