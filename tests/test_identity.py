"""An article is stored once, however often, wherever and under whatever address its feeds show it."""

from datetime import UTC, datetime, timedelta

import pytest

from pipeline.client import Reply
from pipeline.collect import collect
from pipeline.records import Feed
from pipeline.store import Store
from tests.outlet import Here

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
LONG = "Стороны обсудили строительство железной дороги, единый тариф на перевозку зерна и открытие нового терминала. "


def item(title, link="", guid="", text="", date="Mon, 23 Nov 2026 10:00:00 +0500"):
    parts = (("title", title), ("link", link), ("guid", guid), ("description", text), ("pubDate", date))
    return "<item>" + "".join(f"<{name}>{value}</{name}>" for name, value in parts if value) + "</item>"


class Press:
    """Feeds and what each shows, night after night."""

    def __init__(self, store):
        self.store, self.night = store, 0

    def show(self, *items, feed="Вестник"):
        body = f"<rss><channel>{''.join(items)}</channel></rss>".encode()
        self.night += 1
        return collect(
            self.store,
            [Feed(name=feed, url=f"https://{len(feed)}.example/rss", timezone="Asia/Tashkent")],
            now=NOW + timedelta(days=self.night),
            run=None,
            get=lambda request: Reply(url=request.url, status=200, headers={}, body=body),
            sandbox=Here(),
            report=lambda *_: None,
        )

    def rows(self):
        return self.store.value("SELECT count(*) FROM articles")

    def versions(self):
        return self.store.value("SELECT count(*) FROM article_versions")


@pytest.fixture
def press(tmp_path):
    with Store.open(tmp_path / "news.db") as store:
        yield Press(store)


def test_ten_items_under_one_guid_are_ten_articles(press):
    for _ in range(3):
        press.show(*(item(f"Новость {n}", f"https://v.example/{n}", guid="1") for n in range(10)))
    assert press.rows() == 10


def test_a_new_guid_every_night_makes_no_new_articles(press):
    for night in range(7):
        press.show(*(item(f"Новость {n}", f"https://v.example/{n}", guid=f"{night}-{n}") for n in range(10)))
    assert press.rows() == 10


def test_a_session_in_the_link_and_a_new_guid_make_no_new_articles(press):
    for night in range(3):
        press.show(
            *(item(f"Новость {n}", f"https://v.example/{n}?sid={night}", guid=f"{night}-{n}") for n in range(10)),
            *(item(f"Весть {n}", f"https://v.example/s/{night}{n}", text=f"{LONG} {n}") for n in range(10)),
        )
    assert press.rows() == 20


def test_items_without_guid_or_link_are_known_by_their_words(press):
    for _ in range(3):
        press.show(*(item(f"Новость {n}") for n in range(10)), feed="Без ссылок")
    assert press.rows() == 10


def test_one_link_for_all_keeps_them_apart_also_when_one_is_left(press):
    press.show(*(item(f"Новость {n}", "https://v.example/redir", text=f"{LONG} {n}") for n in range(5)))
    press.show(item("Новость 3", "https://v.example/redir", text=f"{LONG} 3"))
    assert press.rows() == 5


def test_an_article_in_two_feeds_is_one_with_two_sightings(press):
    press.show(item("Новость", "https://v.example/1", guid="1"))
    press.show(item("Новость", "https://www.v.example/1/?utm_source=rss", guid="9"), feed="Другой")
    assert press.rows() == 1
    assert press.store.value("SELECT count(*) FROM article_sightings") == 2


def test_one_guid_in_two_feeds_is_two_articles(press):
    press.show(item("Новость", "https://v.example/1", guid="1"))
    press.show(item("Совсем иное", "https://other.example/1", guid="1"), feed="Другой")
    assert press.rows() == 2


def test_one_guid_in_two_feeds_is_two_articles_also_under_titles_that_are_alike(press):
    press.show(item("Новости дня", "https://v.example/1", guid="1", text=LONG))
    press.show(item("Новости дня", "https://other.example/1", guid="1", text="Депутаты голосовали."), feed="Другой")
    assert press.rows() == 2


def test_links_to_a_front_page_are_told_apart_night_after_night(press):
    for night in range(3):
        press.show(item(f"Новость {night}", "https://v.example/", text=f"{LONG} {night}"))
    assert press.rows() == 3


def test_short_words_that_come_again_on_another_day_or_elsewhere_are_another_article(press):
    press.show(item("Курс валют", "https://v.example/1"))
    press.show(item("Курс валют", "https://v.example/2", date="Tue, 24 Nov 2026 10:00:00 +0500"))
    press.show(item("Курс валют", "https://other.example/3"), feed="Другой")
    assert press.rows() == 3


def test_a_session_in_the_link_makes_no_new_article_of_a_rewritten_one(press):
    press.show(item("Переговоры прошли", "https://v.example/1?sid=1", text=LONG))
    press.show(item("Министры встретились", "https://v.example/1?sid=2", text=LONG * 2))
    assert press.rows() == 1


def test_a_guid_keeps_an_article_whose_address_and_title_were_mended(press):
    press.show(item("Переговоры прошли в Баку", "https://v.example/baku-peregovori", guid="7", text=LONG))
    press.show(item("Переговоры министров прошли в Баку", "https://v.example/baku-peregovory", guid="7", text=LONG))
    assert (press.rows(), press.versions()) == (1, 1)


def test_a_guid_that_is_given_out_again_makes_another_article(press):
    press.show(item("Переговоры прошли в Баку", "https://v.example/1", guid="7", text=LONG))
    press.show(item("Бюджет принят", "https://v.example/2", guid="7", text="Депутаты голосовали дважды."))
    assert press.rows() == 2


def test_a_title_that_is_edited_thirty_times_keeps_at_most_24_versions(press):
    for edit in range(30):
        press.show(item(f"Новость, редакция {edit}", "https://v.example/1"))
    assert (press.rows(), press.versions()) == (1, 24)


def test_a_text_that_flips_between_two_is_changed_once(press):
    changed = [len(press.show(item("Новость", "https://v.example/1", text=text)).changed) for text in ("А", "Б") * 4]
    assert changed == [0, 1, 0, 0, 0, 0, 0, 0]


def test_an_emptied_or_cut_text_never_replaces_a_longer_one(press):
    full = f"<content:encoded><![CDATA[{LONG * 20}]]></content:encoded>"
    whole = item("Новость", "https://v.example/1").replace("</item>", f"{full}</item>")
    press.show(whole)
    for text in ("", "Стороны обсудили…", LONG):
        press.show(item("Новость", "https://v.example/1", text=text))
    press.show()
    assert press.store.value("SELECT length(text) FROM articles") == len((LONG * 20).strip())
    assert press.versions() == 0


def test_an_article_that_left_its_feed_stays(press):
    press.show(*(item(f"Новость {n}", f"https://v.example/{n}") for n in range(5)))
    press.show(item("Новость 9", "https://v.example/9"))
    assert press.rows() == 6


def test_pinned_items_do_not_hide_a_gap_and_a_deleted_one_makes_none(press):
    pinned = item("Реклама", "https://v.example/ad", date="Mon, 02 Nov 2026 10:00:00 +0500")
    news = [
        item(f"Новость {n}", f"https://v.example/{n}", date=f"Mon, 23 Nov 2026 {n:02}:00:00 +0500") for n in range(24)
    ]
    press.show(pinned, *news[0:8])
    assert press.show(pinned, *news[2:7], *news[8:10]).gaps == 0  # the newest was deleted
    assert press.show(pinned, *news[16:24]).gaps == 1


def test_the_first_visit_and_an_empty_document_are_no_gap(press):
    assert press.show(item("Новость", "https://v.example/1")).gaps == 0
    assert press.show().gaps == 0
