"""A million articles: make the database out of real sentences, then time what people ask of it.

    python benchmarks/million.py make DB --articles 1000000 --corpora ../shared/corpora
    python benchmarks/million.py time DB

The sentences are those of the corpora, put together at random; meetings, agreements and names are drawn with the
frequencies of news (few are named all the time, most once). Everything is written into the schema of the product;
the timings call the functions of the product. Times are medians of `--repeat` calls, in milliseconds of CPU time of
one process, each first run once unmeasured; the commands are new processes, interpreter and all.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import resource
import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median

from pipeline.annotate.morphology import Morphology
from pipeline.records import AGREEMENT_KINDS, AGREEMENT_STATUSES, SUMMIT_KINDS
from pipeline.search import fold
from pipeline.store import Store, asking

NOW = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
FIRST_DAY = date(2023, 1, 1)
CHUNK = 20_000
SENTENCES = 60_000
WORD = re.compile(r"\w+(?:-\w+)*")
REGION = ["UZ", "KZ", "RU", "AZ", "KG", "TJ", "TM", "TR", "AM", "GE", "CN", "BY", "IR", "US", "AF", "PK", "DE"]
CITIES = (
    "Ташкент UZ|Астана KZ|Москва RU|Баку AZ|Бишкек KG|Душанбе TJ|Ашхабад TM|Анкара TR|Ереван AM|Тбилиси GE|"
    "Пекин CN|Минск BY|Тегеран IR|Самарканд UZ|Алма-Ата KZ|Казань RU|Стамбул TR|Шуша AZ|Чолпон-Ата KG|Батуми GE"
)
PLACES = [tuple(line.rsplit(" ", 1)) for line in CITIES.split("|")]
SUBJECTS = [
    "о поставках газа",
    "о транзите грузов",
    "о безвизовом режиме",
    "о сотрудничестве в энергетике",
    "о строительстве железной дороги",
    "о культурном обмене",
    "о свободной торговле",
    "о демаркации границы",
    "о совместной защите инвестиций",
    "об обмене электроэнергией",
    "о возобновляемой энергетике",
    "о воздушном сообщении",
    "о взаимном признании дипломов",
    "о водных ресурсах",
]
MEETINGS = [
    "Консультативная встреча глав государств Центральной Азии",
    "Саммит Организации тюркских государств",
    "Заседание Совета глав государств СНГ",
    "Евразийский межправительственный совет",
    "Ташкентский инвестиционный форум",
    "Бакинский энергетический форум",
    "Заседание межправительственной комиссии",
]
GIVEN = [
    "Алишер",
    "Тимур",
    "Марина",
    "Рустам",
    "Лейла",
    "Сергей",
    "Анна",
    "Бахтиёр",
    "Нурлан",
    "Айгуль",
    "Давид",
    "Нино",
    "Мурат",
    "Елена",
    "Фарид",
]
FAMILY_NAMES = [
    "Рахимов",
    "Каримов",
    "Ахметов",
    "Алиханов",
    "Громов",
    "Петросян",
    "Беридзе",
    "Йылмаз",
    "Исаков",
    "Мамедов",
    "Юсупов",
    "Сафаров",
]
TOPIC_NAMES = ("culture", "energy", "transport")


def read_sentences(folder: Path, dice: random.Random) -> list[str]:
    """Read sentences of 40 to 400 characters from the corpora, a sample in random order."""
    found: list[str] = []
    for file in ("regional.jsonl.gz", "rbc.jsonl.gz"):
        with gzip.open(folder / file, "rt", encoding="utf-8") as lines:
            for line in lines:
                text = json.loads(line)["text"]
                found += [part for part in re.split(r"(?<=[.!?])\s+", text) if 40 <= len(part) <= 400]
    dice.shuffle(found)
    return found[:SENTENCES]


def lemmatise(sentences: list[str]) -> tuple[list[str], dict[str, str]]:
    """Make the index terms of each sentence, and the table of forms."""
    lemma = Morphology().lemma
    forms: dict[str, str] = {}
    terms = []
    for sentence in sentences:
        words = []
        for word in WORD.findall(sentence):
            form = fold(word)
            if form not in forms:
                forms[form] = fold(lemma(word))
            words.append(forms[form])
        terms.append(" ".join(words))
    return terms, forms


def make(db: Path, corpora: Path, count: int) -> None:
    dice = random.Random(9)
    began = time.process_time()
    sentences = read_sentences(corpora, dice)
    terms, forms = lemmatise(sentences)
    with Store.open(db) as store:
        conn = store.conn
        conn.execute("PRAGMA synchronous = OFF")
        conn.execute("PRAGMA cache_size = -400000")
        conn.execute("BEGIN")
        conn.executemany("INSERT OR IGNORE INTO word_forms VALUES (?, ?)", sorted(forms.items()))
        conn.executemany(
            "INSERT INTO feeds (name, url, country) VALUES (?, ?, ?)",
            [(f"Лента {n}", f"https://feed{n}.example/rss", REGION[n % 12]) for n in range(1, 61)],
        )
        _entities(conn, dice, count)
        days = (NOW.date() - FIRST_DAY).days
        minutes = sorted(dice.randrange(days * 1440) for _ in range(count))
        conn.execute("COMMIT")
        for start in range(0, count, CHUNK):
            conn.execute("BEGIN")
            _articles(conn, dice, minutes, range(start, min(count, start + CHUNK)), sentences, terms)
            conn.execute("COMMIT")
            print(f"{start + CHUNK} articles, {time.process_time() - began:.0f} s CPU", file=sys.stderr)
        conn.execute("BEGIN")
        _meetings(conn, dice, count)
        _agreements(conn, dice, count)
        _fetches(conn, dice)
        conn.execute("COMMIT")
        conn.execute("INSERT INTO article_search(article_search) VALUES ('optimize')")
        conn.execute("ANALYZE")
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    print(f"made in {time.process_time() - began:.0f} s CPU", file=sys.stderr)


def _entities(conn, dice, count):
    states = [("LOC", row[0], row[1]) for row in conn.execute("SELECT name, code FROM states")]
    persons = sorted(
        {
            ("PER", f"{dice.choice(GIVEN)} {dice.choice(FAMILY_NAMES)}{dice.choice(['', 'а', 'ский', 'ин'])} {n}", "")
            for n in range(min(60_000, count // 4))
        }
    )
    bodies = [("ORG", f"Организация {n}", "") for n in range(min(30_000, count // 8))]
    conn.executemany("INSERT INTO entities (type, name, ref) VALUES (?, ?, ?)", states + persons + bodies)


def _articles(conn, dice, minutes, numbers, sentences, terms):
    entity_count = conn.execute("SELECT max(id) FROM entities").fetchone()[0]
    region_ids = [conn.execute("SELECT id FROM entities WHERE ref = ?", [code]).fetchone()[0] for code in REGION]
    taken = conn.execute("SELECT coalesce(max(search_id), 0) FROM articles").fetchone()[0]
    rows, index, topics, mentions = [], [], [], []
    for number in numbers:
        key = number + 1
        moment = datetime(2023, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes[number])
        at = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
        picks = [dice.randrange(len(sentences)) for _ in range(dice.randrange(7, 16))]
        title = sentences[picks[0]][:90].rsplit(" ", 1)[0]
        text = " ".join(sentences[pick] for pick in picks[1:])
        taken = max(taken + 1, int(moment.timestamp() // 60) * asking.MINUTE_ROOM)
        rows.append(
            (key, f"https://news{number % 60}.example/{number}", number % 60 + 1, f"Издание {number % 60 + 1}", title,
             text, at, at[:10], at, f"{number:064x}", taken, "bench", at, at)
        )  # fmt: skip
        index.append((taken, " ".join(terms[picks[0]].split()[:12]), " ".join(terms[pick] for pick in picks[1:])))
        for topic, share in zip(TOPIC_NAMES, (0.12, 0.2, 0.15), strict=True):
            probability = dice.random() * 0.4 + 0.6 if dice.random() < share else dice.random() * 0.3
            topics.append((key, topic, round(probability, 4)))
        for position in range(5):
            if position < 2:
                entity = region_ids[min(int(dice.paretovariate(0.9)) - 1, len(region_ids) - 1)]
            else:
                entity = min(int(dice.paretovariate(0.35)) + 250, entity_count)
            mentions.append((key, entity, position * 40, position * 40 + 9))
    conn.executemany(
        "INSERT INTO articles (id, url, feed_id, outlet, title, text, published_at, published_on, fetched_at, "
        "content_hash, search_id, understood_by, understood_at, resolved_at, text_from) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'full')",
        rows,
    )
    conn.executemany("INSERT INTO article_search (rowid, title, text) VALUES (?, ?, ?)", index)
    conn.executemany("INSERT INTO article_topics VALUES (?, ?, ?)", topics)
    conn.executemany("INSERT OR IGNORE INTO entity_mentions VALUES (?, ?, ?, ?)", mentions)


def _sides(dice, least=2):
    count = dice.choice([2, 2, 2, 2, 3, 5])
    codes = {REGION[min(int(dice.paretovariate(0.8)) - 1, len(REGION) - 1)] for _ in range(count * 3)}
    return sorted(codes)[: max(least, count)]


def _spread(dice, count, total):
    """Choose when something happened and in which articles: ids near to each other."""
    middle = dice.randrange(1, total + 1)
    return sorted({min(total, max(1, middle + dice.randrange(-400, 400))) for _ in range(count)})


def _mention_rows(conn, family, key, articles, kind, status, day, states, topic):
    for article in articles:
        text = conn.execute("SELECT title, text FROM articles WHERE id = ?", [article]).fetchone()
        start = len(text[0]) + 2
        stop = start + min(160, len(text[1]))
        column = "start_date" if family == "summit" else "status_date"
        mention = conn.execute(
            f"INSERT INTO {family}_mentions (article_id, {family}_id, kind, status, {column}, confidence, made_by) "
            "VALUES (?, ?, ?, ?, ?, ?, 'bench')",
            [article, key, kind, status, day, 0.8],
        ).lastrowid
        conn.executemany(
            f"INSERT INTO {family}_mention_values VALUES (?, 'states', ?, ?)",
            [(mention, position, code) for position, code in enumerate(states)],
        )
        if topic:
            conn.execute(f"INSERT INTO {family}_mention_values VALUES (?, 'topics', 0, ?)", [mention, topic])
        conn.executemany(
            f"INSERT INTO {family}_mention_evidence (mention_id, position, slot, value, rule, start, stop) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (mention, 0, "trigger", None, None, start, start + 12),
                (mention, 1, "sentence", None, None, start, stop),
                (mention, 2, "status", status, "verb", start, start + 12),
            ],
        )


def _day_of(conn, article):
    return conn.execute("SELECT substr(published_at, 1, 10) FROM articles WHERE id = ?", [article]).fetchone()[0]


def _insert(conn, table, **row):
    names, marks = ", ".join(row), ", ".join("?" * len(row))
    return conn.execute(f"INSERT OR IGNORE INTO {table} ({names}) VALUES ({marks})", list(row.values())).lastrowid


def _place(dice, states):
    hosts = [place for place in PLACES if place[1] in states]
    return dice.choice(hosts or PLACES)


def _meetings(conn, dice, total):
    for number in range(total // 25):
        articles = _spread(dice, min(int(dice.paretovariate(1.1)), 60), total)
        first, last = (_day_of(conn, articles[0]), _day_of(conn, articles[-1]))
        kind = dice.choice(SUMMIT_KINDS)
        ahead = number % 20 == 0
        day = date.fromisoformat(last) + timedelta(days=dice.randrange(1, 60)) if ahead else date.fromisoformat(first)
        planned = ahead and day >= NOW.date()
        status = "planned" if planned else dice.choice(["held"] * 9 + ["cancelled"])
        states = _sides(dice)
        place, country = _place(dice, states)
        key = f"{'-'.join(states)}-{kind}-{day}-{number}"
        topic = dice.choice([*TOPIC_NAMES, None])
        _insert(
            conn, "summits", id=key, base=key, kind=kind, status=status,
            name=dice.choice(MEETINGS) if kind != "talks" else None, place=place, country=country,
            start_date=day.isoformat(), end_date=None if planned else day.isoformat(),
            confidence=round(dice.random() * 0.5 + 0.5, 2), articles=len(articles),
            sources=max(1, len(articles) // 2), first_seen_at=f"{first}T06:00:00Z", last_seen_at=f"{last}T06:00:00Z",
            made_by="bench",
        )  # fmt: skip
        for code in states:
            _insert(conn, "summit_participants", summit_id=key, kind="state", value=code)
        for _ in range(2):
            person = f"{dice.choice(GIVEN)} {dice.choice(FAMILY_NAMES)}"
            _insert(conn, "summit_participants", summit_id=key, kind="person", value=person)
        if topic:
            _insert(conn, "summit_topics", summit_id=key, topic=topic)
        for step, article in zip(("announced", "date_named", "held"), articles, strict=False):
            _insert(
                conn, "summit_steps", summit_id=key, step=step, step_date=first, learned_at=f"{first}T06:00:00Z",
                value=day.isoformat() if step == "date_named" else "", article_id=article,
            )  # fmt: skip
        _claims(conn, dice, "summit", key, "place", [place, "Женева"], articles)
        _mention_rows(conn, "summit", key, articles, kind, status, day.isoformat(), states, topic)


def _agreements(conn, dice, total):
    meetings = [row[0] for row in conn.execute("SELECT id FROM summits ORDER BY random() LIMIT 5000")]
    for number in range(total // 25):
        articles = _spread(dice, min(int(dice.paretovariate(1.1)), 60), total)
        days = [_day_of(conn, article) for article in articles]
        kind = dice.choice(AGREEMENT_KINDS)
        reached = dice.randrange(len(AGREEMENT_STATUSES) - 1)
        ladder = AGREEMENT_STATUSES[max(0, reached - len(articles) + 1) : reached + 1]
        states = _sides(dice)
        place, country = _place(dice, states)
        key = f"{'-'.join(states)}-{kind}-{days[-1]}-{number}"
        topic = dice.choice([*TOPIC_NAMES, None])
        amount = dice.choice([None, None, 5e8, 2.5e6])
        _insert(
            conn, "agreements", id=key, base=key, kind=kind, status=ladder[-1], status_date=days[-1],
            subject=dice.choice(SUBJECTS), place=place, country=country, amount=amount,
            currency="USD" if amount else None, confidence=round(dice.random() * 0.5 + 0.5, 2),
            articles=len(articles), sources=max(1, len(articles) // 2), first_seen_at=f"{days[0]}T06:00:00Z",
            last_seen_at=f"{days[-1]}T06:00:00Z", made_by="bench",
        )  # fmt: skip
        for code in states:
            _insert(conn, "agreement_parties", agreement_id=key, kind="state", value=code, status=ladder[-1])
        body = f"Организация {int(dice.paretovariate(0.6))}"
        _insert(conn, "agreement_parties", agreement_id=key, kind="organization", value=body)
        if topic:
            _insert(conn, "agreement_topics", agreement_id=key, topic=topic)
        for status, day, article in zip(reversed(ladder), reversed(days), reversed(articles), strict=False):
            _insert(
                conn, "agreement_steps", agreement_id=key, status=status, step_date=day,
                learned_at=f"{day}T06:00:00Z", article_id=article,
            )  # fmt: skip
        if number % 3 == 0 and meetings:
            _insert(
                conn, "agreement_summits", agreement_id=key, summit_id=dice.choice(meetings), relation="signed_at",
                articles=1,
            )  # fmt: skip
        _claims(conn, dice, "agreement", key, "amount", ["500000000 USD", "550000000 USD"], articles)
        _mention_rows(conn, "agreement", key, articles, kind, ladder[-1], days[-1], states, topic)


def _claims(conn, dice, family, key, field, values, articles):
    if len(articles) < 2:
        return
    disputed = dice.random() < 0.2
    for chosen, value, article in zip((1, 0), values if disputed else values[:1], articles, strict=False):
        row = {f"{family}_id": key, "verdict": "majority" if disputed else "confirmed", "chosen": chosen}
        _insert(
            conn, f"{family}_claims", **row, field=field, value=value, sources=1 + chosen, concerned=0,
            article_id=article, learned_at="2026-01-01T00:00:00Z",
        )  # fmt: skip


def _fetches(conn, dice):
    for night in range(60):
        at = (NOW - timedelta(days=59 - night)).strftime("%Y-%m-%dT%H:%M:%SZ")
        run = conn.execute(
            "INSERT INTO runs (command, started_at, finished_at, exit_code, code_version, new_articles, understood) "
            "VALUES ('run', ?, ?, 0, 'bench', 700, 700)",
            [at, at],
        ).lastrowid
        for feed in range(1, 61):
            outcome = "failed" if feed == 7 and night > 50 else dice.choice(["ok"] * 30 + ["not_modified", "failed"])
            conn.execute(
                "INSERT INTO fetches (feed_id, run_id, fetched_at, outcome, entries, new_articles, newest_at, error) "
                "VALUES (?, ?, ?, ?, 30, ?, ?, ?)",
                [feed, run, at, outcome, dice.randrange(3, 20) if outcome == "ok" else 0, at,
                 "HTTP 503" if outcome == "failed" else None],
            )  # fmt: skip
    conn.execute("UPDATE feeds SET failures = 9, failing_since = '2026-11-16T03:00:00Z' WHERE id = 7")


def measure(action, repeat):
    action()
    times = []
    for _ in range(repeat):
        begin = time.process_time()
        action()
        times.append(1000 * (time.process_time() - begin))
    return median(times)


def plan(store, sql, parameters=()):
    return "; ".join(row[3] for row in store.conn.execute("EXPLAIN QUERY PLAN " + sql, parameters))


QUERIES = (  # what is asked, the limit of issue and README in ms, SQL, parameters
    ("an article by its address", 10, "SELECT * FROM articles WHERE url = ?", ["https://news17.example/500117"]),
    ("the newest articles of a feed", 10,
     "SELECT title FROM articles WHERE feed_id = ? ORDER BY published_at DESC LIMIT 20", [7]),
    ("the newest articles that name an entity", 10,
     "SELECT article_id FROM entity_mentions WHERE entity_id = ? ORDER BY article_id DESC LIMIT 20", [300]),
    ("the steps of an agreement", 10,
     "SELECT * FROM agreement_steps WHERE agreement_id = (SELECT id FROM agreements LIMIT 1 OFFSET 777)", []),
    ("articles a day, 30 days", 100,
     "SELECT substr(published_at, 1, 10), count(*) FROM articles WHERE published_at >= '2026-10-26' GROUP BY 1", []),
    ("articles of each topic, 30 days", 100,
     "SELECT topic, sum(articles) FROM topic_days WHERE day >= '2026-10-26' GROUP BY 1", []),
    ("who is named most, 30 days", 100,
     "SELECT name, count(*) FROM articles INDEXED BY articles_by_time JOIN entity_mentions ON article_id = articles.id "
     "JOIN entities ON entities.id = entity_id WHERE published_at >= '2026-10-26' GROUP BY 1 ORDER BY 2 DESC LIMIT 20",
     []),
    ("who is named together with Uzbekistan, 30 days", 100,
     "SELECT other.entity_id, count(*) FROM articles INDEXED BY articles_by_time "
     "JOIN entity_mentions AS own ON own.article_id = articles.id AND own.entity_id = (SELECT id FROM entities WHERE "
     "ref = 'UZ') JOIN entity_mentions AS other ON other.article_id = articles.id "
     "WHERE published_at >= '2026-10-26' GROUP BY 1 ORDER BY 2 DESC LIMIT 20", []),
    ("status of agreements, 30 days", 100,
     "SELECT status, count(*) FROM agreements WHERE status_date >= '2026-10-26' GROUP BY 1", []),
)  # fmt: skip


def time_all(db, repeat):
    with Store.read(db) as store:
        size(store, db)
        print("\n## Questions in SQL\n\n| question | ms | at most | plan |\n|---|--:|--:|---|")
        for title, most, sql, parameters in QUERIES:
            spent = measure(lambda sql=sql, parameters=parameters: store.rows(sql, parameters), repeat)
            print(f"| {title} | {spent:.1f} | {most} | {plan(store, sql, parameters)} |")
        print("\n## Search\n\n| words | newest first, ms (at most 10) | best first, ms (at most 300) |\n|---|--:|--:|")
        for words in ("Мирзиёев", "газ", "президент", "быть", '"железная дорога"', "транс*", "президент -россия"):
            filters = asking.Filters(words=words)
            newest = measure(lambda filters=filters: asking.search(store, filters), repeat)
            best = measure(lambda filters=filters: asking.search(store, filters, best_first=True), repeat)
            print(f"| `{words}` | {newest:.1f} | {best:.0f} |")
    commands(db, repeat)
    pages(db, repeat)


def size(store, db):
    count = store.value("SELECT count(*) FROM articles")
    text = store.value("SELECT sum(length(CAST(title AS BLOB)) + length(CAST(text AS BLOB))) FROM articles")
    mentions = store.value("SELECT count(*) FROM entity_mentions")
    held = db.stat().st_size
    print(
        f"{count:,} articles, {mentions:,} mentions of entities, {store.value('SELECT count(*) FROM summits'):,} "
        f"meetings, {store.value('SELECT count(*) FROM agreements'):,} agreements; "
        f"SQLite {store.value('SELECT sqlite_version()')}."
    )
    print(
        f"The file has {held / 1e9:.2f} GB: {text / count:.0f} bytes of text an article, {(held - text) / count:.0f} "
        "beyond it (at most 2,500)."
    )


def commands(db, repeat):
    print("\n## Commands, cold\n\n| command | CPU, ms | at most |\n|---|--:|--:|")
    for arguments in (
        ["summits"], ["agreements", "--country", "AZ", "--topic", "energy", "--status", "signed"], ["articles"],
        ["summits", "газ"], ["search", "газ", "труба"], ["search", "соглашениями", "--best"],
    ):  # fmt: skip
        times = []
        for _ in range(repeat):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run(
                [sys.executable, "-m", "pipeline.cli", *arguments, "--db", str(db)],
                check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            times.append(1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime))
        print(f"| `svodka {' '.join(arguments)}` | {median(times):.0f} | 400 |")


def pages(db, repeat):
    from pipeline.web.app import make_app
    from tests.test_web import ask

    app = make_app(db, clock=lambda: NOW)
    with Store.read(db) as store:
        meeting = store.value("SELECT id FROM summits ORDER BY articles DESC LIMIT 1")
        deal = store.value("SELECT id FROM agreements ORDER BY articles DESC LIMIT 1")
        person = store.value("SELECT value FROM summit_participants WHERE kind = 'person' LIMIT 1")
    print("\n## Pages\n\n| page | CPU, ms (at most 200) | kB (at most 150) |\n|---|--:|--:|")
    for address in (
        "/", "/summits", "/summits?country=UZ&country=KZ", "/summits?q=газ", "/summits/calendar", "/summits/timeline",
        "/summits/map", f"/summits/{meeting}", "/agreements", "/agreements?since=2026-09-01&country=AZ&topic=energy",
        "/agreements/late", f"/agreements/{deal}", "/articles", "/articles?topic=energy&country=AM",
        "/articles?country=SE", "/articles?q=газ", "/articles?q=президент&sort=best", "/articles/777777", "/states",
        "/states/UZ", "/states/matrix", "/states/matrix?since=2023-01-01", "/persons", f"/persons/{person}",
        "/organizations", "/topics", "/feeds",
    ):  # fmt: skip
        answer = ask(app, address)
        assert answer.status == 200, address
        spent = measure(lambda address=address: ask(app, address), repeat)
        print(f"| `{address}` | {spent:.0f} | {len(answer.body) / 1000:.0f} |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("task", choices=["make", "time"])
    parser.add_argument("db", type=Path)
    parser.add_argument("--corpora", type=Path, default=Path("../shared/corpora"))
    parser.add_argument("--articles", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=7)
    chosen = parser.parse_args()
    if chosen.task == "make":
        make(chosen.db, chosen.corpora, chosen.articles)
    else:
        time_all(chosen.db, chosen.repeat)
