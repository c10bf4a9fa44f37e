"""Little histories in the notation of the domain, in every order of arrival: tests/histories.txt."""

import itertools
import random
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.records import Agreement, Amount, Summit, Why
from pipeline.resolve import resolve
from pipeline.resolve.mentions import Earlier, Mention, Telling
from pipeline.resolve.profile import profile
from pipeline.store import Store
from pipeline.store.mentions import read_mentions
from pipeline.store.resolution import resolve_new
from tests.retelling import save as store_article

MEETINGS = ("summit", "talks", "council", "forum")
TRIGGERS = {
    "summit": "саммит", "talks": "переговоры", "council": "заседание", "forum": "форум", "treaty": "договор",
    "agreement": "соглашение", "memorandum": "меморандум", "protocol": "протокол", "declaration": "декларация",
    "roadmap": "дорожная карта", "contract": "контракт", "understanding": "договорились",
}  # fmt: skip
MOST_ORDERS = 60
NIGHTS = 3  # orders in which each history is also told to a database, an article a night


@dataclass
class Told:
    """A mention as a line of a history gives it."""

    kind: str
    status: str
    start: str | None = None
    end: str | None = None
    states: tuple = ()
    place: str | None = None
    country: str | None = None
    persons: tuple = ()
    organizations: tuple = ()
    amount: tuple | None = None
    words: str = ""
    title: str | None = None
    sentence: str = ""
    earlier: tuple = ()
    ratified_by: tuple = ()


@dataclass
class Report:
    """An article of a history."""

    published: str
    outlet: str
    name: str
    origin: str | None
    story: int | None
    told: list = field(default_factory=list)

    @property
    def url(self):
        return f"https://{self.outlet}/{self.name}"


def read_told(text):
    braces = re.search(r"\{(.*?)\}", text)
    title = re.search(r'"(.*?)"', text)
    trigger = re.search(r"\[(.*?)\]", text)
    amount = re.search(r"=(\d+) ([A-Z]{3})", text)
    rest = re.sub(r"\{.*?\}|\".*?\"|\[.*?\]|=\d+ [A-Z]{3}", " ", text).split()
    told = Told(rest[0], rest[1])
    for word in rest[2:]:
        if re.fullmatch(r"\d{4}(-\d\d){0,2}(\.\.\S+)?", word):
            told.start, _, end = word.partition("..")
            told.end = end or None
        elif step := re.fullmatch(r"(\w+)@(\S+)", word):
            told.earlier += (Earlier(status=step[1], date=step[2]),)
        elif word.endswith("=ratified"):
            told.ratified_by += (word[:2],)
        elif word[0] == "@":
            place, _, country = word[1:].partition(",")
            told.place, told.country = place.replace("_", " "), country or None
        elif word[0] == "+":
            told.persons += (word[1:].replace("_", " "),)
        elif word[0] == "*":
            told.organizations += (word[1:].replace("_", " "),)
        elif word != "-":
            assert re.fullmatch("[A-Z]{2}", word), (word, text)
            told.states += (word,)
    told.title = title[1] if title else None
    told.words = trigger[1] if trigger else TRIGGERS[told.kind]
    told.amount = (float(amount[1]), amount[2]) if amount else None
    told.sentence = braces[1] if braces else f"Сообщается: {told.words} — {told.title or 'без подробностей'}."
    if told.words.casefold() not in told.sentence.casefold():
        told.sentence = f"Сообщается: {told.words}. {told.sentence}"
    return told


def read_histories(path):
    for block in re.split(r"(?m)^== ", path.read_text(encoding="utf-8"))[1:]:
        title, *lines = block.strip().splitlines()
        reports, expected = [], []
        for number, line in enumerate(lines):
            if line.startswith("=>"):
                expected.append(line[2:].strip())
                continue
            head, _, body = line.partition(": ")
            published, outlet, *more = head.split()
            outlet, _, name = outlet.partition("/")
            origin = next((word[1:] for word in more if word[0] == "<"), None)
            story = next((int(word[1:]) for word in more if word[0] == "#"), None)
            told = [read_told(part) for part in body.split("; ")]
            reports.append(Report(published, outlet, name or str(number), origin, story, told))
        yield title, reports, expected


HISTORIES = list(read_histories(Path(__file__).parent / "histories.txt"))
each_history = pytest.mark.parametrize(
    ("reports", "expected"), [history[1:] for history in HISTORIES], ids=[title for title, _, _ in HISTORIES]
)


def mentions_of(reports):
    """Make mentions of articles, with row ids in the order given."""
    number = 0
    for article, report in enumerate(reports, start=1):
        moment = f"{report.published}T09:00:00Z"
        place = 2
        for told in report.told:
            number += 1
            amount, currency = told.amount or (None, None)
            meeting = told.kind in MEETINGS
            yield Mention(
                family="summit" if meeting else "agreement", id=number,
                telling=Telling(
                    article=article, url=report.url, published=moment, known=moment, outlet=report.outlet,
                    origin=report.origin, story=report.story,
                ),
                trigger=(place, place + len(told.words)), kind=told.kind, status=told.status, words=told.words,
                sentences=told.sentence, name=told.title if meeting else None,
                subject=None if meeting else told.title, place=told.place, country=told.country, start=told.start,
                end=told.end, states=told.states, persons=told.persons, organizations=told.organizations,
                amount=amount, currency=currency, ratified_by=told.ratified_by, earlier=told.earlier, confidence=0.9,
            )  # fmt: skip
            place += len(told.sentence) + 1


def events_of(mentions):
    found = {}
    for family in ("summit", "agreement"):
        named, _ = resolve({each.id: profile(each) for each in mentions if each.family == family})
        found |= named
    return found


def without_numbers(event):
    """All of an event that must not depend on the order of arrival: row ids grow with it, addresses do not."""
    url = {mention.telling.article: mention.telling.url for mention in event.members}
    return (
        event.base, event.kind, event.status, event.name, event.subject, event.place, event.country, event.start,
        event.end, event.amount, event.confidence, event.articles, event.sources, event.participants,
        tuple((each.telling.url, each.trigger) for each in event.members),
        tuple((each.step, each.date, each.value, url[each.article], each.sources) for each in event.steps),
        tuple((each.field, each.value, each.verdict, each.chosen, each.concerned, url[each.article])
              for each in event.claims),
    )  # fmt: skip


def last_versions(reports):
    return list({report.url: report for report in reports}.values())


def orders(items):
    """Every order of a few things, or many sampled ones."""
    if len(items) <= 4:
        yield from itertools.permutations(items)
        return
    chance = random.Random(7)
    for _ in range(MOST_ORDERS):
        yield chance.sample(items, len(items))


def check(expected, found):
    """Compare what a history came to with its lines of expectation."""
    wanted = {line.split()[0]: line.split()[1:] for line in expected}
    assert sorted(found) == sorted(wanted)
    for name, (status, date, counts, *details) in wanted.items():
        event = found[name]
        assert (event.status, event.start or "-", f"{event.articles}/{event.sources}") == (status, date, counts), name
        steps = {f"{each.step}{'=' + each.value if each.value else ''}@{each.date or '-'}" for each in event.steps}
        contradicted = {claim.field for claim in event.claims if not claim.chosen}
        assert contradicted <= {"kind"} | {detail[1:] for detail in details if detail[0] == "!"}, name
        for detail in details:
            if detail[0] == "!":
                assert detail[1:] in contradicted, (name, detail, event.claims)
            elif detail[0] == "~":
                continue
            elif re.fullmatch(r"[A-Z]{2}=(-|\w+)", detail):
                parties = {(each.value, each.status or "-") for each in event.participants}
                assert (detail[:2], detail[3:]) in parties, (name, detail, parties)
            else:
                assert detail in steps, (name, detail, steps)


def test_there_are_many_histories_of_three_to_twelve_articles():
    assert len(HISTORIES) >= 40
    assert len({title for title, _, _ in HISTORIES}) == len(HISTORIES)
    for title, reports, _ in HISTORIES:
        assert 3 <= len(last_versions(reports)) <= 12, title


@each_history
def test_a_history_comes_to_its_rows(reports, expected):
    check(expected, events_of(list(mentions_of(last_versions(reports)))))


@pytest.mark.parametrize("reports", [history[1] for history in HISTORIES], ids=[title for title, _, _ in HISTORIES])
def test_the_order_of_arrival_changes_nothing(reports):
    reports = last_versions(reports)
    usual = {name: without_numbers(event) for name, event in events_of(list(mentions_of(reports))).items()}
    for order in orders(reports):
        found = events_of(list(mentions_of(order)))
        assert {name: without_numbers(event) for name, event in found.items()} == usual


def save_report(store, report, now):
    text = ""
    events = []
    for told in report.told:
        begin = len(text) + 2
        word = begin + told.sentence.casefold().index(told.words.casefold())
        spans = {
            "triggers": ((word, word + len(told.words)),),
            "evidence": ((begin, begin + len(told.sentence)),),
        }
        text += told.sentence + " "
        common = spans | {
            "kind": told.kind, "status": told.status, "place": told.place, "country": told.country,
            "states": told.states, "persons": told.persons, "organizations": told.organizations, "confidence": 0.9,
        }  # fmt: skip
        if told.kind in MEETINGS:
            events.append(Summit(name=told.title, start=told.start, end=told.end, **common))
        else:
            amount = Amount(value=told.amount[0], currency=told.amount[1]) if told.amount else None
            slots = [("ratified_by", state) for state in told.ratified_by]
            slots += [(f"{step.status}_date", step.date) for step in told.earlier]
            why = tuple(Why(slot=slot, value=value, rule="told") for slot, value in slots)
            events.append(Agreement(subject=told.title, date=told.start, amount=amount, why=why, **common))
    if report.told[0].start:
        text += f"({report.told[0].start})"
    number = store_article(
        store, report.name, report.published, text, events, outlet=report.outlet, now=now, origin=report.origin
    )
    if report.story is not None:
        store.conn.execute("INSERT OR IGNORE INTO stories (id, first_seen_at) VALUES (?, ?)", [report.story, ""])
        store.conn.execute("UPDATE articles SET story_id = ? WHERE id = ?", [report.story, number])


def in_time(reports, order):
    """Keep each article's versions in their own order."""
    versions = {}
    for report in reports:
        versions.setdefault(report.url, []).append(report)
    taken = dict.fromkeys(versions, 0)
    for report in order:
        yield versions[report.url][taken[report.url]]
        taken[report.url] += 1


def _kept(store, key):
    """Read steps and sides of an agreement as the tables have them."""
    steps = store.rows("SELECT status, step_date, sources FROM agreement_steps WHERE agreement_id = ?", [key])
    sides = store.rows("SELECT value, status FROM agreement_parties WHERE agreement_id = ? AND kind = 'state'", [key])
    return {tuple(row.values()) for row in steps}, {tuple(row.values()) for row in sides}


def _derived(event):
    sides = {(each.value, each.status) for each in event.participants if each.kind == "state"}
    return {(each.step, each.date, each.sources) for each in event.steps}, sides


@each_history
def test_an_article_a_night_comes_to_the_same_rows_in_the_database(reports, expected, tmp_path):
    pure = events_of(list(mentions_of(last_versions(reports))))
    links = {line.split()[0]: [word[1:] for word in line.split() if word[0] == "~"] for line in expected}
    now = datetime(2026, 1, 1, tzinfo=UTC)
    for number, order in enumerate(itertools.islice(orders(reports), 0, None, max(1, MOST_ORDERS // NIGHTS))):
        with Store.open(tmp_path / f"{number}.db") as store:
            for night, report in enumerate(in_time(reports, order)):
                save_report(store, report, now)
                resolve_new(store, now=now + timedelta(days=night), made_by="test")
            for family in ("summit", "agreement"):
                date = "start_date" if family == "summit" else "status_date"
                for row in store.rows(f"SELECT id, status, {date} AS date, articles, sources FROM {family}s"):
                    event = pure[row["id"]]
                    assert tuple(row.values())[1:] == (event.status, event.start, event.articles, event.sources)
                    ids = store.rows(f"SELECT id FROM {family}_mentions WHERE {family}_id = ?", [row["id"]])
                    told = read_mentions(store, family, [each["id"] for each in ids])
                    assert {each.telling.url for each in told} == {each.telling.url for each in event.members}
                    if family == "agreement":
                        assert _kept(store, row["id"]) == _derived(event)
            rows = store.value("SELECT (SELECT count(*) FROM summits) + (SELECT count(*) FROM agreements)")
            assert rows == len(pure)
            found = store.rows(
                "SELECT summit_id AS one, main_id AS other FROM summit_margins UNION ALL "
                "SELECT agreement_id, summit_id FROM agreement_summits UNION ALL "
                "SELECT agreement_id, earlier_id FROM agreement_changes"
            )
            assert sorted((row["one"], row["other"]) for row in found if links.get(row["one"])) == sorted(
                (one, other) for one, others in links.items() for other in others
            )
        if number + 1 == NIGHTS:
            break
