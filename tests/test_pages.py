"""Full texts from pages: asked politely, taken when they are better, kept apart from walls."""

from datetime import UTC, datetime, timedelta

import pytest

from pipeline.client import Reply
from pipeline.collect import collect
from pipeline.pages import extract
from pipeline.records import Failure, Feed
from pipeline.sandbox import Overrun
from pipeline.store import Store
from tests.outlet import Here

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
FEED = Feed(name="Вестник", url="https://vestnik.example/rss", timezone="Asia/Tashkent", fulltext="page", body="lead")
TEXT = " ".join(["Министры пяти стран обсудили в Ташкенте строительство железной дороги и единый тариф."] * 8)


def page(title, text):
    menu = "".join(f"<li><a href='/{n}'>Раздел {n}</a></li>" for n in range(20))
    return (
        f"<html><head><title>{title}</title></head><body><nav><ul>{menu}</ul></nav><article><h1>{title}</h1>"
        f"<p>{text}</p><p>Фото: пресс-служба</p><p>Встреча продлится два дня. {text}</p></article>"
        "<footer>© Вестник</footer></body></html>"
    ).encode()


class Web:
    def __init__(self, pages, robots=b"", items=2, teaser="Министры встретились."):
        self.pages, self.robots, self.items, self.teaser = pages, robots, items, teaser
        self.asked = []

    def get(self, request):
        self.asked.append(request)
        name = request.url.rpartition("/")[2]
        if name == "rss":
            items = "".join(
                f"<item><title>Новость {n}</title><link>https://vestnik.example/{n}</link>"
                f"<pubDate>Mon, 23 Nov 2026 {n:02}:00:00 +0500</pubDate><description>{self.teaser}</description></item>"
                for n in range(1, self.items + 1)
            )
            return Reply(
                url=request.url, status=200, headers={}, body=f"<rss><channel>{items}</channel></rss>".encode()
            )
        answer = self.robots if name == "robots.txt" else self.pages.get(name, 404)
        if isinstance(answer, Failure):
            return answer
        if isinstance(answer, int):
            return Reply(url=request.url, status=answer, headers={})
        kind = "text/plain" if name == "robots.txt" else "text/html; charset=utf-8"
        return Reply(url=request.url, status=200, headers={"content-type": kind}, body=answer)

    def pages_asked(self):
        return [request for request in self.asked if request.url.rpartition("/")[2] not in ("rss", "robots.txt")]


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path / "news.db") as opened:
        yield opened


def run(store, web, now=NOW):
    return collect(store, [FEED], now=now, run=None, get=web.get, report=lambda *_: None, sandbox=Here())


def texts(store):
    return {row["url"][-1]: (row["text_from"], row["text"]) for row in store.rows("SELECT * FROM articles ORDER BY id")}


def test_the_text_of_a_page_replaces_the_teaser_and_its_bytes_are_kept(store):
    web = Web({"1": page("Новость 1", TEXT), "2": 404})
    assert run(store, web).pages == 1
    found = texts(store)
    assert found["1"][0] == "page"
    assert found["1"][1].startswith("Министры пяти стран")  # neither the headline nor the menu
    assert "Фото:" not in found["1"][1]
    assert found["2"] == ("lead", "Министры встретились.")
    rows = store.rows("SELECT outcome, error_kind, sha256 IS NOT NULL AS kept FROM page_fetches ORDER BY article_id")
    assert rows == [
        {"outcome": "ok", "error_kind": None, "kept": 1},
        {"outcome": "failed", "error_kind": "http", "kept": 0},
    ]
    assert store.value("SELECT count(*) FROM article_versions") == 0  # completed, not rewritten


def test_a_page_is_tried_three_times_and_then_left(store):
    web = Web({"1": 500}, items=1)
    for hours in range(6):
        run(store, web, NOW + timedelta(hours=hours))
    assert len(web.pages_asked()) == 3


def test_pages_are_asked_for_politely(store):
    web = Web({"1": page("Новость 1", TEXT)}, robots=b"User-agent: *\nCrawl-delay: 4\n", items=1)
    run(store, web)
    assert [request.pause for request in web.pages_asked()] == [4]
    assert all("User-Agent" in request.headers for request in web.asked)


@pytest.mark.parametrize(
    "robots",
    [
        b"User-agent: *\nDisallow: /1$",
        b"User-agent: svodka\nDisallow: /",
        b"User-agent: *\nDisallow: /*1",
        b"User-agent: *\nCrawl-delay: 600",
        503,
        Failure(stage="fetch", subject="x", kind="timeout", detail="x"),
    ],
)
def test_what_robots_txt_forbids_is_not_asked_for(store, robots):
    web = Web({"1": page("Новость 1", TEXT)}, robots=robots, items=1)
    run(store, web)
    assert web.pages_asked() == []
    assert store.value("SELECT error_kind FROM page_fetches") == "robots"
    assert texts(store)["1"][0] == "lead"


@pytest.mark.parametrize("robots", [404, b"", b"User-agent: *\nDisallow: /*?\n", b"\xff\x00 nonsense"])
def test_a_missing_or_silent_robots_txt_allows(store, robots):
    web = Web({"1": page("Новость 1", TEXT)}, robots=robots, items=1)
    run(store, web)
    assert len(web.pages_asked()) == 1


def test_one_wall_before_many_articles_is_no_text(store):
    wall = "Чтобы читать дальше, оформите подписку на наше издание. " * 12
    web = Web({str(n): page("Подписка", wall) for n in range(1, 4)}, items=3)
    run(store, web)
    taken = [source for source, _ in texts(store).values()]
    assert taken.count("page") == 1  # the first could not be told from an article
    assert store.value("SELECT count(*) FROM page_fetches WHERE error_kind = 'wall'") == 2


def test_a_feed_that_changes_its_words_has_the_page_read_again(store):
    web = Web({"1": page("Новость 1", TEXT)}, items=1)
    run(store, web)
    web.pages["1"], web.teaser = page("Новость 1", TEXT + " Уточнено."), "Министры встретились и договорились."
    run(store, web, NOW + timedelta(hours=1))
    run(store, web, NOW + timedelta(hours=2))
    assert texts(store)["1"][1].endswith("Уточнено.")
    assert len(web.pages_asked()) == 2
    assert store.value("SELECT count(*) FROM article_versions") == 1


@pytest.mark.parametrize("later", [b"<html><body></body></html>", page("Новость 1", "Мы используем файлы cookie.")])
def test_a_page_that_lost_its_text_keeps_the_one_that_was_read(store, later):
    web = Web({"1": page("Новость 1", TEXT)}, items=1)
    run(store, web)
    web.pages["1"], web.teaser = later, "Министры встретились и договорились."
    for hours in (1, 2):
        run(store, web, NOW + timedelta(hours=hours))
    assert len(web.pages_asked()) >= 2
    assert texts(store)["1"][0] == "page"
    assert TEXT in texts(store)["1"][1]


class DyingOfPages(Here):
    """Children that die of every page."""

    def call(self, function, *arguments, **options):
        if function is extract:
            raise Overrun("used too much processor time")
        return super().call(function, *arguments, **options)


def test_a_page_that_kills_its_child_leaves_the_words_of_the_feed(store):
    web = Web({"1": page("Новость 1", TEXT)}, items=1)
    collect(store, [FEED], now=NOW, run=None, get=web.get, report=lambda *_: None, sandbox=DyingOfPages())
    assert texts(store) == {"1": ("lead", "Министры встретились.")}
    assert store.value("SELECT error_kind FROM page_fetches") == "too_costly"


class FaultyAtPages(Here):
    """A fault of ours at one page."""

    def call(self, function, *arguments, **options):
        if function is extract and arguments[2].endswith("/1"):
            raise RuntimeError("boom")
        return super().call(function, *arguments, **options)


def test_a_fault_at_one_page_is_the_failure_of_that_page(store):
    web = Web({"1": page("Новость 1", TEXT), "2": page("Новость 2", TEXT)}, items=2)
    collect(store, [FEED], now=NOW, run=None, get=web.get, report=lambda *_: None, sandbox=FaultyAtPages())
    assert {name: came for name, (came, _) in texts(store).items()} == {"1": "lead", "2": "page"}
    assert store.rows("SELECT error_kind FROM page_fetches WHERE error_kind IS NOT NULL") == [{"error_kind": "fault"}]


def test_a_page_without_a_text_leaves_the_words_of_the_feed(store):
    run(store, Web({"1": b"<html><body></body></html>"}, items=1))
    assert texts(store) == {"1": ("lead", "Министры встретились.")}


def test_what_is_no_page_is_skipped(store):
    web = Web({"1": b"%PDF-1.7"}, items=1)
    real = web.get

    def get(request):
        reply = real(request)
        if request.url.endswith("/1"):
            return Reply(url=request.url, status=200, headers={"content-type": "application/pdf"}, body=reply.body)
        return reply

    web.get = get
    run(store, web)
    assert store.value("SELECT error_kind FROM page_fetches") == "not_a_page"


@pytest.mark.parametrize(
    "markup", ["", "<html></html>", "<div>" * 2000 + "Текст." + "</div>" * 2000, "\x00", "<p>" * 9_000]
)
def test_a_page_without_a_text_gives_none_and_raises_nothing(markup):
    assert len(extract(markup.encode(), "text/html", "https://vestnik.example/1")) < 50


def test_of_a_page_too_long_only_the_beginning_is_read(monkeypatch):
    markup = page("Новость", TEXT).decode().replace("Встреча продлится два дня.", f"{'<br>' * 5_000} Конец страницы.")
    monkeypatch.setattr("pipeline.pages.MAX_MARKUP", 5_000)
    found = extract(markup.encode(), "text/html; charset=utf-8", "https://vestnik.example/1")
    assert TEXT[:80] in found
    assert "Конец страницы" not in found


def test_a_page_in_windows_1251_that_says_so_in_its_head():
    markup = page("Новость", TEXT).decode().replace("<head>", '<head><meta charset="windows-1251">')
    assert TEXT[:80] in extract(markup.encode("cp1251"), "text/html", "https://vestnik.example/1")
