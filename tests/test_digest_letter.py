import email
import re
from datetime import UTC, date, datetime
from email.header import decode_header, make_header
from itertools import pairwise
from pathlib import Path

import icalendar
import pytest
from lxml import etree, html

from pipeline.desk import DeskFile, Sender, Subscriber, valid_address
from pipeline.digest import russian
from pipeline.digest.records import Change
from pipeline.digest.titles import title_of_agreement, with_preposition
from pipeline.digest.week import Week
from pipeline.mail import desk_of, digest_message, make_digest
from pipeline.outputs import atom, calendar
from pipeline.outputs.letter import MAX_HTML, TEXT_WIDTH, render_letter, wording_of
from pipeline.outputs.message import MAX_MESSAGE, Envelope, write_message
from pipeline.outputs.page import render_page
from pipeline.outputs.wording import Wording
from pipeline.store import Store
from pipeline.store.week import newest_article
from tests import weeks

EXPECTED = Path(__file__).resolve().parent / "letters"
SENDER = Sender(
    name="Мониторинг региональной дипломатии", address="d@desk.example", reply_to=None, bounces="b@desk.example"
)
FILE = DeskFile(pages="https://svodka.example", one_click=True, sender=SENDER)
EVIL = (
    '<script>alert(1)</script><img src=x onerror=alert(1)> {{7*7}} ${7*7} %s "><a href="javascript:alert(1)">',
    "=?utf-8?B?DQpCY2M6IGV2aWxAZXhhbXBsZS5vcmc=?=",
    "Заголовок\r\nBcc: evil@example.org",
    "Заголовок\u2028Bcc: evil@example.org\x0bX: y\x85Z: w",
    "\ud800 одинокий суррогат \x00 и \x92 и \u202e наоборот",
)


def make(path, write):
    with Store.open(path / "news.db") as store:
        write(store)
        week = Week.read(weeks.WEEK, "Asia/Tashkent")
        made = make_digest(store, week, now=weeks.NOW, last=newest_article(store), made_by="test")
        return made, desk_of(store, FILE)


@pytest.fixture(scope="module", params=["ordinary", "empty", "crowded", "dead"])
def week(request, tmp_path_factory):
    made, desk = make(tmp_path_factory.mktemp(request.param), getattr(weeks, request.param))
    return (
        request.param,
        made,
        desk,
        render_letter(made, desk, reader="a@example.org", unsubscribe="https://svodka.example/u"),
    )


def plain(text):
    return text.replace("\u00a0", " ")


def test_the_text_is_the_expected_letter(week):
    name, _, _, letter = week
    if name != "crowded":  # too long to be read in a review; its size and its counts are tested below
        assert letter.text == (EXPECTED / f"{name}.txt").read_text(encoding="utf-8")


def test_lines_of_text_fit_72_columns_but_for_addresses(week):
    for line in week[3].text.splitlines():
        assert len(line) <= TEXT_WIDTH or "://" in line


def test_subject_and_preheader_say_two_things_in_little_space(week):
    name, _, _, letter = week
    assert len(letter.subject) <= 70
    assert 0 < len(letter.preheader) <= 110
    assert letter.preheader not in letter.subject
    assert (
        plain(letter.subject)
        == {
            "ordinary": "16–22 ноября: перенесён: 5–6 декабря → 12–13 декабря — Саммит глав…",
            "empty": "16–22 ноября: изменений нет",
            "crowded": "16–22 ноября: прекращён или приостановлен 16 ноября — Протокол…",
            "dead": "16–22 ноября: сообщений не было, проверьте ленты",
        }[name]
    )


def test_the_html_is_small_and_carries_its_style_in_itself(week):
    page = week[3].html
    assert len(page.encode()) <= MAX_HTML
    for needed in ("prefers-color-scheme:dark", "max-width:480px", "!important", 'lang="ru"', 'name="color-scheme"'):
        assert needed in page
    for banned in ("<script", "<link", "<img", "<svg", "@import", "url(", "<form", "http://"):
        assert banned not in page


def test_the_html_is_in_order(week):
    tree = html.fromstring(week[3].html)
    levels = [int(element.tag[1]) for element in tree.iter("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    for table in tree.iter("table"):
        assert (
            table.get("role") == "presentation"
            or table.xpath(".//th[@scope='row']")
            or table.xpath("./tr[1]/td[@align]")
        )
    assert all(link.get("href").startswith(("https://", "mailto:")) for link in tree.iter("a"))


def test_without_its_styles_the_letter_is_dark_on_light(week):
    tree = html.fromstring(week[3].html)
    colours = {
        element.get("bgcolor") for element in tree.iter() if element.get("bgcolor") and element.text_content().strip()
    }
    assert all(int(colour[1:3], 16) > 200 for colour in colours), colours


def test_no_control_characters_anywhere(week):
    letter = week[3]
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", letter.html + letter.text + letter.subject)


def test_the_whole_message_is_small_and_reads_back(week):
    _, made, desk, _ = week
    raw = digest_message(made, desk, FILE, Subscriber(address="a@example.org"), "token")
    assert len(raw) <= MAX_MESSAGE
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    message = email.message_from_bytes(raw)
    assert str(make_header(decode_header(message["From"]))) == f"{SENDER.name} <{SENDER.address}>"
    text, page = (part.get_payload(decode=True).decode() for part in message.get_payload())
    assert text.startswith("СВОДКА РЕГИОНАЛЬНОЙ ДИПЛОМАТИИ · № 47\n16–22 ноября 2026 года")
    assert page.rstrip().endswith("</html>")


def test_a_week_of_forty_agreements_tells_how_many_it_leaves_out(tmp_path):
    made, desk = make(tmp_path, weeks.crowded)
    letter = render_letter(made, desk)
    assert len(made.accords) == 40
    assert "40 шагов по соглашениям" in plain(letter.text)
    shown = sum(letter.text.count(accord.title.replace("\u00a0", " ")[:40]) > 0 for accord in made.accords)
    assert shown > 0
    assert len(re.findall(r"И ещё \d+ — в базе", plain(letter.text))) >= 1
    page = render_page(made, desk)
    assert all(accord.id in page for accord in made.accords), "the page leaves nothing out"


def test_the_longest_week_still_fits(tmp_path):
    def write(store):
        weeks.crowded(store, agreements=300, meetings=200)
        store.conn.execute("UPDATE agreements SET subject = ?", ["о «" + "сотрудничестве и взаимодействии " * 20])
        store.conn.execute("UPDATE articles SET title = ?, outlet = ?", ["Заголовок " * 60, "Издание" * 12])
        store.conn.execute("UPDATE articles SET url = url || ?", ["/%D0%B0" * 150])

    made, desk = make(tmp_path, write)
    letter = render_letter(made, desk)
    assert len(letter.html.encode()) <= MAX_HTML
    assert len(digest_message(made, desk, FILE, Subscriber(address="a@example.org"), "token")) <= MAX_MESSAGE


@pytest.mark.parametrize("evil", EVIL)
def test_what_feeds_write_stays_text(tmp_path, evil):
    safe = evil.encode("utf-8", "replace").decode()

    def write(store):
        weeks.ordinary(store)
        store.conn.execute("UPDATE articles SET title = ?, text = ?, outlet = ?", [safe, safe, safe])
        store.conn.execute("UPDATE summits SET name = ?, place = ?", [safe, safe])
        store.conn.execute("UPDATE agreements SET subject = ?", [safe])
        store.conn.execute("UPDATE articles SET url = 'javascript:alert(' || id || ')'")

    made, desk = make(tmp_path, write)
    raw = digest_message(made, desk, FILE, Subscriber(address="a@example.org"), "token")
    message = email.message_from_bytes(raw)
    assert "Bcc" not in message
    assert message.keys() == [
        "From", "To", "Reply-To", "Subject", "Date", "Message-ID", "Auto-Submitted", "X-Auto-Response-Suppress",
        "List-Id", "Feedback-ID", "List-Unsubscribe", "List-Unsubscribe-Post", "MIME-Version", "Content-Language",
        "Content-Type",
    ]  # fmt: skip
    letter = render_letter(made, desk)
    for page in (letter.html, render_page(made, desk)):
        tree = html.fromstring(page)
        assert not tree.xpath("//script | //img | //*[@onerror]")
        assert not [link for link in tree.iter("a") if not link.get("href").startswith("https://")]
    etree.fromstring(atom.write_atom(atom.entries_of(made, desk), title="x", link="https://svodka.example"))


@pytest.mark.parametrize("evil", EVIL)
def test_no_header_can_be_smuggled_in(evil):
    name = Sender(name=evil, address="d@desk.example", reply_to=None, bounces="b@desk.example")
    raw = write_message(
        Envelope(letter="x", sender=name, to="a@example.org"), subject=evil, text=evil, html=None, date=weeks.NOW
    )
    assert b"\r\nBcc" not in raw.split(b"\r\n\r\n")[0]
    message = email.message_from_bytes(raw)
    assert len(message.keys()) == 12
    assert "\n" not in str(make_header(decode_header(message["Subject"].replace("\r\n ", " "))))


@pytest.mark.parametrize(
    "subject", ["А" * 200, "Слово " * 30, "ASCII only", "Пробел  двойной — и «кавычки» ёлочкой", "𝒳 emoji 🌍 " * 6]
)
def test_subjects_decode_exactly(subject):
    envelope = Envelope(letter="x", sender=SENDER, to="a@example.org")
    raw = write_message(envelope, subject=subject, text="", html=None, date=weeks.NOW)
    found = email.message_from_bytes(raw)["Subject"]
    assert str(make_header(decode_header(found))) == russian.clean(subject)[:200].strip()
    assert max(len(line) for line in raw.split(b"\r\n\r\n")[0].split(b"\r\n")) <= 78


def test_a_long_way_out_is_not_encoded():
    url = "https://svodka.example/unsubscribe/" + "t" * 90
    envelope = Envelope(
        letter="x", sender=SENDER, to="a@example.org", unsubscribe_url=url, unsubscribe_mail="d@desk.example"
    )
    raw = write_message(envelope, subject="x", text="x", html=None, date=weeks.NOW)
    assert f"List-Unsubscribe: <{url}>,\r\n <mailto:d@desk.example>\r\n".encode() in raw
    assert b"List-Unsubscribe-Post" not in raw


def test_the_message_id_follows_from_letter_and_reader():
    def name(letter, to):
        return Envelope(letter=letter, sender=SENDER, to=to).message_id

    assert name("2026-W47", "a@example.org") == name("2026-W47", "A@example.org")
    assert len({name(letter, to) for letter in ("2026-W46", "2026-W47") for to in ("a@x.org", "b@x.org")}) == 4


def test_the_calendar_reads_back(tmp_path):
    made, desk = make(tmp_path, weeks.ordinary)
    meetings = [*made.coming, *made.held]
    changed = datetime(2026, 11, 23, tzinfo=UTC)
    written = calendar.write_calendar(
        calendar.entries_of(meetings, wording_of(made, desk), desk, changed_at=changed), title="Встречи"
    )
    assert max(len(line) for line in written.split(b"\r\n")) <= 75
    events = {str(event["uid"]): event for event in icalendar.Calendar.from_ical(written).walk("VEVENT")}
    water = events["summit-2026-12-water@svodka"]
    assert str(water["dtstart"].dt) == "2026-12-12"
    assert str(water["dtend"].dt) == "2026-12-14", "the day after its last"
    assert int(water["sequence"]) == 1, "it was moved once"
    assert str(water["location"]) == "Самарканд, Узбекистан"


def test_a_cancelled_meeting_stays_in_the_calendar_as_cancelled():
    entry = calendar.Entry(
        id="a",
        title="Саммит",
        start="2026-12-12",
        status="cancelled",
        sequence=2,
        changed_at=datetime(2026, 11, 1, tzinfo=UTC),
    )
    event = icalendar.Calendar.from_ical(calendar.write_calendar([entry], title="x")).walk("VEVENT")[0]
    assert (str(event["status"]), int(event["sequence"])) == ("CANCELLED", 2)


def test_the_feed_has_one_entry_for_each_change_with_a_name_for_ever(tmp_path):
    made, desk = make(tmp_path, weeks.ordinary)
    tree = etree.fromstring(atom.write_atom(atom.entries_of(made, desk), title="Сводка", link="https://svodka.example"))
    space = {"a": "http://www.w3.org/2005/Atom"}
    identities = [element.text for element in tree.findall("a:entry/a:id", space)]
    assert len(set(identities)) == len(made.changes)
    assert "tag:svodka,2026:step:agreement-kg-kz-uz-2026:signed" in identities


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (1, "1 день"),
        (2, "2 дня"),
        (5, "5 дней"),
        (11, "11 дней"),
        (21, "21 день"),
        (112, "112 дней"),
        (1234, "1 234 дня"),
    ],
)
def test_numbers_agree_with_their_nouns(number, said):
    assert plain(russian.counted(number, "день", "дня", "дней")) == said


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        ("2026-12-12", "2026-12-13", "12–13 декабря"),
        ("2026-11-30", "2026-12-02", "30 ноября – 2 декабря"),
        ("2026-12-30", "2027-01-02", "30 декабря – 2 января 2027 года"),
        ("2025-12-12", "2025-12-13", "12–13 декабря 2025 года"),
        ("2026-12", None, "декабрь"),
        ("2027", None, "2027 год"),
        (None, None, "дата не названа"),
    ],
)
def test_ranges_of_days(start, end, said):
    assert plain(russian.days(start, end, year=2026)) == said


@pytest.mark.parametrize(
    ("kind", "title", "said"),
    [
        ("memorandum", "Меморандум о газе", "подписан"),
        ("declaration", "Декларация", "подписана"),
        ("agreement", "Программа обменов", "подписана"),
        ("agreement", "Соглашение о визах", "подписано"),
        ("understanding", "Договорённость о визах", "достигнута"),
    ],
)
def test_statuses_agree_in_gender(kind, title, said):
    nouns = {"memorandum": "m", "declaration": "f", "agreement": "n", "understanding": "f"}
    assert russian.agreement_word("signed", russian.gender_of(title, nouns[kind]), kind) == said


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ('Форум "Шёлковый путь" открыт', "«Форум „Шёлковый путь“ открыт»"),
        ("«Газпром» и «Узбекнефтегаз»", "«„Газпром“ и „Узбекнефтегаз“»"),
    ],
)
def test_quotation_marks_nest(given, said):
    assert russian.quote(given) == said


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ('конференция "Взаимосвязанность"', "конференция «Взаимосвязанность»"),
        ('Компания "Деалан Энерго', "Компания «Деалан Энерго»"),
        ('ООО "Завод "Прогресс""', "ООО «Завод „Прогресс“»"),
        ("форум «Один пояс — один путь»", "форум «Один пояс — один путь»"),
        ("саммит “Россия — Африка”", "саммит «Россия — Африка»"),
        ('Прогресс"', "Прогресс"),
        ("", ""),
    ],
)
def test_names_have_russian_quotation_marks_that_close(given, said):
    assert russian.guillemets(given) == said


@pytest.mark.parametrize(
    ("today", "said"),
    [(date(2026, 11, 17), "Предстоит 16–18 ноября"), (date(2026, 11, 19), "Был намечен на 16–18 ноября")],
)
def test_a_meeting_announced_for_a_day_now_past_is_not_ahead(today, said):
    made = Wording(year=2026, names={}, topic_words={}, today=today)
    change = Change(
        key="announced:a", kind="announced", record="summit", id="a", title="Форум ЕС", record_kind="forum",
        status="planned", date="2026-11-16", end="2026-11-18", states=("UZ",), topics=(), independent=1, sources=(),
    )  # fmt: skip
    assert plain(made.lead(change)) == said


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        ("2026-11-22", None, "22 ноября"),
        ("2026-12-12", "2026-12-13", "12–13 декабря"),
        ("2026-11", None, "в ноябре"),
        ("2025-05", "2025-05", "в мае 2025 года"),
        ("2026", None, "в 2026 году"),
    ],
)
def test_a_time_is_told_as_when_something_is(start, end, said):
    assert plain(russian.at(start, end, year=2026)) == said


def test_talks_that_go_on_are_not_told_as_held():
    made = Wording(year=2026, names={}, topic_words={}, today=date(2026, 11, 23))
    change = Change(
        key="held:a", kind="held", record="summit", id="a", title="Переговоры: Иран — Россия", record_kind="talks",
        status="ongoing", date="2026-11-20", states=("IR", "RU"), topics=(), independent=1, sources=(),
    )  # fmt: skip
    assert plain(made.lead(change)) == "Идут, сообщено 20 ноября"


def test_short_words_and_dashes_stay_on_their_line():
    assert (
        russian.bind("встреча в Актау - и о газе за 5 дней")
        == "встреча в\u00a0Актау\u00a0— и\u00a0о\u00a0газе за\u00a05\u00a0дней"
    )


def test_a_subject_gets_the_preposition_that_stands_before_it_in_its_sentence():
    sentence = "Стороны подписали контракт на поставку природного газа (СПГ) и соглашение о Большом пути «Юг»."
    assert with_preposition("поставка природного газа", [sentence]) == "на поставку природного газа"
    assert with_preposition("Большой путь «Юг»", [sentence]) == "о Большом пути «Юг»"
    spheres = ["Меморандум в сфере туризма и в области науки."]
    assert with_preposition("туризм", spheres) == "в сфере туризма"
    assert with_preposition("поставка", ["Поставки идут."]) == "поставка"
    assert with_preposition("прекращение огня", ["Иной текст."]) == "прекращение огня"
    assert (
        title_of_agreement("contract", "на поставку газа", states=(), organizations=(), names={})
        == "Контракт на поставку газа"
    )


@pytest.mark.parametrize(
    "address",
    [
        "",
        "a",
        "a@",
        "@b.org",
        "a b@c.org",
        "a@b..org",
        "a@b.org\r\nRCPT TO:<c@d.org>",
        "иван@example.org",
        "a@" + "b" * 300 + ".org",
    ],
)
def test_what_cannot_be_an_address_is_none(address):
    assert valid_address(address) is None


def test_a_russian_domain_is_written_in_ascii():
    assert valid_address("ivan@пример.рф") == "ivan@xn--e1afmkfd.xn--p1ai"
