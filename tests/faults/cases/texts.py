"""G: texts that cost a reader of texts its time or its memory."""

from __future__ import annotations

import json
import subprocess
import sys
import unicodedata
from typing import TYPE_CHECKING

from pipeline.store import Store
from pipeline.store.health import problems
from tests.faults.case import case
from tests.nights import NIGHT, ROOT

if TYPE_CHECKING:
    from tests.faults.workshop import Workshop

UNITS = (
    "слово ", "А. А. ", "г. г. ", "1.1.1.", "?!", ".", '"', ") ", ":) ", "да. да. ", "«а» ", "ул. Ленина, д. 5. ",
    "<p>текст</p>", "https://a.example/б ", "а-а-", "а_а_", "1,1,", "1/1/", "\x00", "и\u0301", "ΑΒΓ ", "😀", "中文",
    "\u200b", "по-", "пере", "Иван Иван ", "Иванов И. И. ", "12 мая 2024 ", "$1 млрд ", "а", "А", " ", "\n", "\t",
    "\u202e", "Пyтин ", "е\u0308", "\ufeff", "[", "(", "{", "- ", "— ", "• ", "1 ", "№1 ", "%", "&amp;", "\\",
    "саммит ", "договор ", "подписали соглашение ", "переговоры с ", "Баку и Ташкент ", "президент ", "в Москве ",
    "16 ноября ", "министр ", "ООН, ", "МИД РФ ", "Узбекистан, ", "сказал: «да». ", "т. е. ", "\ud800", "\u00ad",
)  # fmt: skip
SIZES = (100_000, 10_000, 1_000_000, 5_000_000)  # characters
MEMORY = 1024  # MiB


def store_texts(shop: Workshop, texts, **more):
    """Import texts as articles and understand them; every one is stored, the file is sound."""
    home = shop.home()
    with (home / "texts.jsonl").open("w", encoding="utf-8") as out:
        for number, text in enumerate(texts):
            line = {"id": str(number), "url": None, "published": "2026-11-20", "title": "Саммит", "text": text}
            out.write(json.dumps(line | more) + "\n")
    ended = shop.run(home, "import", str(home / "texts.jsonl"), "--now", NIGHT)
    assert ended.returncode == 0, ended.stderr.decode()[-300:]
    with Store.read(home / "db" / "news.db") as store:
        assert store.value("SELECT count(*) FROM articles WHERE understood_by IS NULL") == 0
        assert list(problems(store, full=True)) == []
    return home, ended


@case(
    "G74",
    "66 kinds of hostile text, each of 10 kB, 100 kB, 1 MB and 5 MB (also G75, G76)",
    trials=264,
    core=22,
    seconds=900,
)
def hostile_texts(shop: Workshop, trials: int) -> str:
    made = [(unit, size) for size in SIZES for unit in UNITS][:trials]
    home, ended = store_texts(shop, ((unit * size)[:size] for unit, size in made))
    held = shop.ask(home, "SELECT count(*) FROM articles")[0]
    assert held == len(made), f"{held} of {len(made)} stored"
    assert ended.peak < MEMORY, f"{ended.peak} MiB"
    told = shop.ask(home, "SELECT (SELECT count(*) FROM summit_mentions) + (SELECT count(*) FROM agreement_mentions)")[
        0
    ]
    return (
        f"{held} stored, {ended.cpu / held:.1f} s of processor each on average, {ended.peak} MiB, {told} records in all"
    )


PAIRS = (
    ("ёлка", "елка"), ("съёмка", "СЪЕМКА"), ("Майский", unicodedata.normalize("NFD", "Майский")),
    ("сло\u200bво", "слово"), ("сло\u00adвесность", "словесность"), ("Пyтин", "Путин"), ("что-то", "что-то"),
    ("Мирзиёева", "мирзиеев"),
)  # fmt: skip


@case("G77", "words that look alike: ё, decomposed letters, invisible signs, Latin letters, case", core=1)
def alike(shop: Workshop) -> str:
    home, _ = store_texts(shop, (f"Начало. Здесь стоит {written}, а дальше конец." for written, _ in PAIRS))
    missed = []
    for number, (_, asked) in enumerate(PAIRS):
        said = json.loads(shop.run(home, "search", "--json", asked, "--now", NIGHT).stdout)
        if not any(hit["url"] == f"urn:svodka:{number}" for hit in said["articles"]):
            missed.append(asked)
    assert not missed, f"not found: {missed}"
    return f"{len(PAIRS)} of {len(PAIRS)} found"


@case("G78", "20,000 different tokens of 100 letters", core=0)
def many_words(shop: Workshop) -> str:
    letters = "абвгдежзиклмнопрстуфхцчш"

    def word(number: int) -> str:
        return (
            "".join(letters[(number * 7 + place * place + number // 24) % 24] for place in range(99))
            + letters[number % 24]
        )

    texts = [" ".join(word(block * 500 + n) for n in range(500)) + "." for block in range(40)]
    _, ended = store_texts(shop, texts)
    assert ended.peak < MEMORY, ended.peak
    return f"40 articles of 500, {ended.peak} MiB, {ended.cpu:.0f} s"


TONGUES = {
    "uk": "Президенти України та Молдови підписали угоду про співробітництво у Києві, повідомляє прес-служба глави держави.",
    "kk": "Қазақстан мен Өзбекстан президенттері Астанада келіссөз жүргізіп, ынтымақтастық туралы келісімге қол қойды.",
    "en": "The presidents of Kazakhstan and Uzbekistan signed an agreement on cooperation in Astana on Friday, the press service said.",
    "ar": "وقع رئيسا كازاخستان وأوزبكستان اتفاقية تعاون في أستانا يوم الجمعة حسبما أفادت الخدمة الصحفية",
    "mixed": "Президенты signed соглашение про співробітництво в Астане, деп хабарлады баспасөз қызметі.",
}


@case("G79", "Ukrainian, Kazakh, English, Arabic, and all in one sentence", core=0)
def languages(shop: Workshop) -> str:
    home, _ = store_texts(shop, TONGUES.values())
    found = dict(zip(TONGUES, shop.ask(home, "SELECT language FROM articles ORDER BY id"), strict=True))
    assert not {found[name] for name in ("uk", "kk", "en", "ar")} & {"ru"}, found
    return ", ".join(f"{name} read as {language}" for name, language in found.items())


PATTERNS = """
import importlib, json, pkgutil, re, signal, sys, time
import pipeline

class Late(Exception):
    pass

def late(*_):
    raise Late

signal.signal(signal.SIGALRM, late)
for module in pkgutil.walk_packages(pipeline.__path__, "pipeline."):
    importlib.import_module(module.name)
found = {}
for name, module in list(sys.modules.items()):
    if name.startswith("pipeline"):
        for holder in [module, *(kind for kind in vars(module).values() if isinstance(kind, type))]:
            for key, value in list(vars(holder).items()):
                values = value.values() if isinstance(value, dict) else value if isinstance(value, (tuple, list)) else [value]
                for one in values:
                    if isinstance(one, re.Pattern):
                        found[one.pattern, one.flags] = f"{name}.{key}", one
size = int(sys.argv[1])
units = json.load(sys.stdin)
worst = []
for name, pattern in found.values():
    binary = isinstance(pattern.pattern, bytes)
    for unit in units:
        # What is quick over a tenth cannot be slow over the whole but by more than a square.
        for length in (size // 10, size):
            text = (unit * length)[:length]
            text = text.encode("utf-8", "replace") if binary else text
            began = time.process_time()
            signal.setitimer(signal.ITIMER_REAL, 5)
            try:
                for _ in pattern.finditer(text):
                    pass
                took = time.process_time() - began
            except Late:
                took = 99.0
            signal.setitimer(signal.ITIMER_REAL, 0)
            if took < 0.002:
                break
        worst.append((took, name, unit))
worst.sort(reverse=True)
print(json.dumps([len(found), worst[:200]]))
"""


HELD = {
    "pipeline.events.phrases._ABOUT",  # at one place of a sentence
    "pipeline.events.phrases._NO_SUBJECT",  # at the beginning of a phrase
    "pipeline.events.phrases._AMOUNT",  # within a sentence
    "pipeline.stories.DATELINE",  # within 160 characters
    "pipeline.parse.prepare.COMMENT",  # in a child with a limit on its time
}


@case("G80", "every regular expression of ours against 100 kB of 80 hostile kinds", core=0)
def patterns(shop: Workshop) -> str:
    units = [
        *UNITS,
        "a" * 50 + "!",
        "-",
        "' ",
        "«",
        "«»",
        "а. ",
        "<a ",
        "<!--",
        "&#",
        "http://",
        "@",
        "a@a.",
        "=?",
        "/*",
        "и ",
        ", ",
    ]
    units = [unit.encode("utf-8", "replace").decode() for unit in units]
    child = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PATTERNS, "100000"],
        input=json.dumps(units).encode(), cwd=ROOT, env=shop.env, capture_output=True, check=True,
    )  # fmt: skip
    count, worst = json.loads(child.stdout.splitlines()[-1])
    worst = [(took, name, unit) for took, name, unit in worst if name not in HELD]
    slow = [f"{name} on {unit!r}: {took:.2f} s" for took, name, unit in worst if took > 0.5]
    assert not slow, "; ".join(slow)
    return (
        f"{count} expressions, the slowest {worst[0][1]} with {worst[0][0]:.2f} s of processor; {len(HELD)} are not for long "
        "texts: they are held to a sentence, to 160 characters, or to a child's time"
    )
