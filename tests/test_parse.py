"""Feed documents that say in a comment what is odd about them and what must be read: a new oddity needs no Python."""

import gzip
import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from pipeline.clean import clean_text
from pipeline.collect import read_document
from pipeline.parse import MAX_UNPACKED
from pipeline.parse.dates import read_date
from pipeline.parse.decode import decode, is_readable
from pipeline.records import Failure, Feed, Fetched, Validators
from pipeline.store.moments import write_moment
from tests.mutate import mutate

FEEDS = Path(__file__).resolve().parent / "feeds"
NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
files = pytest.mark.parametrize("path", sorted(FEEDS.iterdir()), ids=lambda path: path.name)


def expectation(path):
    """Read the comment of a feed file, in whatever encoding it stands."""
    if path.suffix == ".json":
        comment = json.loads(path.read_text(encoding="utf-8"))["_comment"]
        return yaml.safe_load(comment.removeprefix("<!--").removesuffix("-->"))
    named = re.match(r"encoding-(cp1251|koi8|cp866|mac|utf16)", path.name)
    encoding = (
        {"koi8": "koi8-r", "mac": "mac-cyrillic", "utf16": "utf-16"}.get(named[1], named[1]) if named else "utf-8"
    )
    text = path.read_bytes().decode(encoding, "replace")
    return yaml.safe_load(re.search(r"<!--(.*?)-->", text, re.DOTALL)[1])


def read(content, *, headers=None, **feed):
    declared = Feed(
        **{"name": "Вестник", "url": "https://feeds.vestnik.example/rss", "timezone": "Asia/Tashkent"} | feed
    )
    fetched = Fetched(
        feed=declared,
        url=declared.url,
        status=200,
        headers=headers or {},
        body=content,
        validators=Validators(),
        fetched_at=NOW,
    )
    return read_document(fetched)


@files
def test_a_feed_file_is_read_as_it_expects(path):
    expected = expectation(path)
    headers = {"content-type": expected["Content-Type"]} if "Content-Type" in expected else {}
    options = expected.get("Feed", {})
    options["quirks"] = tuple(options.get("quirks", ()))
    found = read(path.read_bytes(), headers=headers, **options)
    if "Failure" in expected:
        assert isinstance(found, Failure), found
        assert found.kind == expected["Failure"]
        assert found.detail
        return
    assert not isinstance(found, Failure), found
    assert len(found.articles) == len(expected["Expect"])
    for article, wanted in zip(found.articles, expected["Expect"], strict=True):
        for key, value in wanted.items():
            if key == "url_differs":
                assert article.url != article.link
            else:
                assert plain(getattr(article, key)) == value, key
    assert len({article.url for article in found.articles}) == len(found.articles)
    assert len(found.parsed.skipped) == expected.get("Skipped", 0)
    assert expected.get("Notes", "") in " ".join(found.parsed.notes)
    for key, value in expected.get("Wishes", {}).items():
        assert plain(getattr(found.parsed.wishes, key)) == value


def plain(value):
    if isinstance(value, datetime):
        return write_moment(value)
    return list(value) if isinstance(value, tuple) else value


@pytest.mark.parametrize("cut", range(0, 1500, 100))
def test_a_document_that_breaks_off_anywhere_is_no_accident(cut):
    found = read((FEEDS / "nested-link-rbc.xml").read_bytes()[:cut])
    assert isinstance(found, Failure) or all(article.title for article in found.articles)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00",
        b"   ",
        b"{}",
        b"[1, 2]",
        b'{"version": "https://jsonfeed.org/version/1", "items": 5}',
        b"\x1f\x8b\x08",
        b"<rss",
        b"<rss>",
        b"<rss/>",
        bytes(range(256)) * 40,
        b"\xff\xfe",
        b"<?xml version='1.0' encoding='utf-7'?><rss/>",
    ],
)
def test_what_is_no_feed_is_told_and_raises_nothing(content):
    found = read(content)
    assert isinstance(found, Failure) or not found.articles


def test_a_small_document_that_unpacks_to_a_huge_one_is_refused():
    bomb = gzip.compress(b"<rss>" + bytes(MAX_UNPACKED))
    assert len(bomb) < 50_000
    assert read(bomb).kind == "too_large"


def test_a_title_may_be_a_megabyte_and_categories_ten_thousand():
    categories = "<category>газ</category>" * 10_000
    item = f"<item><title>{'слово ' * 200_000}</title>{categories}<link>https://vestnik.example/1</link></item>"
    article = read(f"<rss version='2.0'><channel>{item}</channel></rss>".encode()).articles[0]
    assert len(article.title) <= 500
    assert len(article.categories) <= 50


def test_the_same_date_is_read_alike_on_another_day():
    later = datetime(2027, 3, 1, tzinfo=UTC)
    for raw in ("2026-W48", "-0044-03-15", "0000-00-00", "12:30", "ноябрь 2026", "Mon, 23 Nov 2026 10:00:00 +9999"):
        assert read_date(raw, "Asia/Tashkent", NOW).moment == read_date(raw, "Asia/Tashkent", later).moment


@pytest.mark.parametrize(
    ("raw", "moment"),
    [
        ("Sat, 01 Jan 1972 10:00:00 GMT", None),  # before there was a feed
        ("Fri, 27 Nov 2026 10:00:00 GMT", None),  # more than two days ahead
        ("Mon, 23 Nov 2026 10:00:00 +1500", datetime(2026, 11, 23, 5, tzinfo=UTC)),  # no such zone: the feed's
    ],
)
def test_a_date_that_cannot_be_is_not_believed(raw, moment):
    assert read_date(raw, "Asia/Tashkent", NOW) == (moment, True)


@pytest.mark.parametrize("encoding", ["cp1251", "koi8-r", "cp866", "mac-cyrillic", "iso8859-5"])
def test_cyrillic_bytes_are_told_apart_by_their_letters(encoding):
    text = "<rss><title>Главы государств встретились в Самарканде и подписали декларацию о дружбе.</title></rss>"
    assert decode(text.encode(encoding)).text == text


@pytest.mark.parametrize(
    ("head", "header"),
    [('<?xml version="1.0" encoding="windows-1254"?>', ""), ("", "application/rss+xml; charset=windows-1254")],
)
def test_where_letters_do_not_tell_the_declaration_holds(head, header):
    text = f"{head}<rss><title>Türkiye ile Özbekistan işbirliğini güçlendiriyor, anlaşma İstanbul'da</title></rss>"
    assert decode(text.encode("cp1254"), header).text == text


def test_valid_utf8_holds_whatever_is_declared_also_where_letters_were_lost_before():
    text = '<?xml version="1.0" encoding="windows-1251"?><rss><title>Пра\ufffdа\ufffdа</title></rss>'
    assert decode(text.encode()).text == text


@pytest.mark.parametrize("encoding", ["cp1251", "koi8-r", "cp866", "mac-cyrillic", "iso8859-5"])
def test_an_encoding_that_nobody_declares_is_told_by_the_letters(encoding):
    text = "<rss><title>Министры обсудили транзит</title></rss>"
    assert decode(text.encode(encoding)).text == text


def test_a_declaration_under_which_only_capitals_go_wrong_is_not_believed():
    text = '<?xml version="1.0" encoding="windows-1251"?><rss><title>Президенты России и Казахстана</title></rss>'
    assert decode(text.encode("mac-cyrillic")).text == text


@pytest.mark.parametrize(
    "name", ["undefined", "idna", "punycode", "unicode_escape", "raw_unicode_escape", "utf-7", "hex", "zlib", "rot13"]
)
def test_a_declared_name_that_is_no_encoding_is_passed_over(name):
    text = f'<?xml version="1.0" encoding="{name}"?><rss><title>Главы государств в Самарканде \\u0041</title></rss>'
    assert decode(text.encode("cp1251")).text == text


@pytest.mark.parametrize("wide", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_wide_letters_are_told_without_a_mark(wide):
    text = "<rss><title>Главы государств встретились в Самарканде</title></rss>"
    assert decode(text.encode(wide)).text == text


@pytest.mark.parametrize(("wrong", "right"), [("cp1251", "koi8-r"), ("koi8-r", "cp1251"), ("cp1252", "cp1251")])
def test_garbled_titles_are_not_readable_and_real_ones_are(wrong, right):
    title = "Министры иностранных дел обсудили подготовку саммита Организации тюркских государств"
    assert is_readable(title)
    assert is_readable("The ministers discussed the summit of the Organization of Turkic States at length")
    assert not is_readable(title.encode(right).decode(wrong, "replace"))


@pytest.mark.parametrize("russian", [0, 1, 2, 5, 9])
def test_a_feed_in_two_languages_is_readable(russian):
    titles = ["Nazirlər Bakıda görüşüb və müqaviləni imzalayıblar, əməkdaşlıq genişlənəcək"] * (10 - russian)
    titles += ["Министры встретились в Баку и подписали договор о сотрудничестве"] * russian
    assert is_readable("\n".join(titles))


def test_cleaning_twice_changes_nothing():
    text = "А\u00ad\u200bБ  В\r\n\r\n\r\nГ\x07 Д\u0301\x96\ud800"
    assert clean_text(clean_text(text)) == clean_text(text)


# Characters that no reader sees, the first and the last of each class.
UNSEEN = (
    0x00, 0x08, 0x0B, 0x0C, 0x0E, 0x1B, 0x7F, 0xAD, 0x61C, 0x180E, 0x200B, 0x200F, 0x202A, 0x202E, 0x2060, 0x2069,
    0xFEFF, 0xFFF9, 0xFFFB, 0xD800, 0xDBFF, 0xDC00, 0xDFFF, 0xFFFE, 0xFFFF, 0xE0001, 0xE007F,
)  # fmt: skip


@pytest.mark.parametrize("unseen", [chr(code) for code in UNSEEN], ids=[hex(code) for code in UNSEEN])
def test_what_no_reader_sees_is_taken_out(unseen):
    assert clean_text(f"сло{unseen}во") == "слово"
    assert clean_text(f"{unseen}{unseen}") == ""


@pytest.mark.parametrize(
    ("given", "made"),
    [
        ("и\u0306ога", "йога"),  # composed, as the index and the models expect it
        ("А\u00a0\u2009 \tБ", "А Б"),
        ("А\x85Б\u2028В\x1eГ", "А\nБ\nВ\nГ"),
        ("А \x96 Б\x81", "А – Б"),  # C1 controls were meant as windows-1252
        ("А\r\n\r\n\r\n\rБ", "А\n\nБ"),
    ],
)
def test_one_form_of_what_looks_the_same(given, made):
    assert clean_text(given) == made


@pytest.mark.parametrize("part", range(4))
def test_damaged_documents_are_read_as_far_as_possible_and_raise_nothing(part):
    paths = sorted(FEEDS.iterdir())
    for seed in range(part * 75, part * 75 + 75):
        found = read(mutate(paths[seed % len(paths)].read_bytes(), seed))
        assert isinstance(found, Failure) or all(article.url and article.title for article in found.articles)
