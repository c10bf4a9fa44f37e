"""The open lexicon of triggers: which words can name a meeting or an agreement, and what kind they suggest.

A word is listed when it can head a trigger; whether it does in its sentence is judged later. Lemmas are lower case
with ё written as е. Compound nouns ("видеосаммит", "бизнес-форум") are met by their last part.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from pipeline.records import Depth

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.records import Sentence

Family = Literal["summit", "agreement"]
FAMILIES: tuple[Family, ...] = ("summit", "agreement")
Part = Literal["noun", "verb"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sense:
    """What a trigger word can mean: its family, its class, the kind of record it suggests (None: any)."""

    family: Family
    part: Part
    group: str
    kind: str | None = None


def _listed(family: Family, part: Part, group: str, kind: str | None, words: str) -> dict[str, Sense]:
    sense = Sense(family=family, part=part, group=group, kind=kind)
    return dict.fromkeys(words.split(), sense)


SUMMITS: dict[str, Sense] = {
    **_listed("summit", "noun", "talks", "talks", "переговоры переговор встреча разговор беседа диалог консультация"),
    **_listed("summit", "noun", "talks", "talks", "контакт общение обсуждение раунд аудиенция звонок созвон тет-а-тет"),
    **_listed("summit", "noun", "visit", "talks", "визит поездка посещение приезд прибытие турне делегация вояж"),
    **_listed("summit", "noun", "summit", "summit", "саммит"),
    **_listed("summit", "noun", "session", "council", "заседание сессия совещание собрание коллегия"),
    **_listed("summit", "noun", "body", "council", "совет комиссия комитет ассамблея межправкомиссия генассамблея"),
    **_listed("summit", "noun", "body", "council", "межправсовет совбез смид евросовет мпк вгс сгг госсовет"),
    **_listed("summit", "noun", "forum", "forum", "форум конференция конгресс выставка экспо пмэф вэф съезд симпозиум"),
    **_listed("summit", "noun", "forum", "forum", "ярмарка семинар презентация церемония фестиваль слушание неделя"),
    **_listed("summit", "noun", "forum", "forum", "бизнес-миссия роуд-шоу g20 g7 c5+1"),
    **_listed("summit", "noun", "anaphor", None, "мероприятие формат тройка двадцатка семерка"),
    **_listed(
        "summit", "verb", "meet", "talks", "встретиться встречаться поговорить позвонить созвониться побеседовать"
    ),
    **_listed("summit", "verb", "meet", "talks", "беседовать переговорить пообщаться общаться увидеться собраться"),
    **_listed("summit", "verb", "meet", "talks", "обсудить обсуждать обсуждаться собираться"),
    **_listed("summit", "verb", "light", "talks", "провести проводить вести"),
    **_listed("summit", "verb", "visit", "talks", "посетить посещать прибыть прибывать прилететь прилетать приехать"),
    **_listed(
        "summit", "verb", "visit", "talks", "приезжать вылететь отправиться отправляться побывать поехать отбыть"
    ),
    **_listed("summit", "verb", "visit", "talks", "ехать лететь вылетать отбывать направиться приземлиться"),
    **_listed("summit", "verb", "host", "talks", "принять принимать пригласить приглашать встретить встречать"),
}

AGREEMENTS: dict[str, Sense] = {
    **_listed(
        "agreement", "noun", "treaty", "treaty", "договор конвенция пакт хартия статут снв днсв снв-3 дснв дрсмд"
    ),
    **_listed("agreement", "noun", "treaty", "treaty", "довсе дзяи днияо двзяи конкордат устав"),
    **_listed("agreement", "noun", "agreement", "agreement", "соглашение допсоглашение сделка документ пакет"),
    **_listed("agreement", "noun", "agreement", "agreement", "свпд перемирие инициатива коридор режим акт нота бумага"),
    **_listed("agreement", "noun", "memorandum", "memorandum", "меморандум"),
    **_listed("agreement", "noun", "protocol", "protocol", "протокол"),
    **_listed("agreement", "noun", "declaration", "declaration", "декларация коммюнике заявление обращение концепция"),
    **_listed("agreement", "noun", "declaration", "declaration", "резолюция хартия"),
    **_listed("agreement", "noun", "roadmap", "roadmap", "карта программа план"),
    **_listed("agreement", "noun", "contract", "contract", "контракт госконтракт концессия оферта кредит заем грант"),
    **_listed(
        "agreement", "noun", "understanding", "understanding", "договоренность взаимопонимание консенсус компромисс"
    ),
    **_listed(
        "agreement", "noun", "understanding", "understanding", "согласие прекращение пауза тишина обмен гарантия"
    ),
    **_listed("agreement", "noun", "act", None, "подписание ратификация денонсация заключение продление присоединение"),
    **_listed("agreement", "noun", "act", None, "парафирование пролонгация установление приостановка"),
    **_listed("agreement", "noun", "agreement", "agreement", "решение"),
    **_listed("agreement", "verb", "sign", "agreement", "подписать подписывать подписаться заключить заключать"),
    **_listed("agreement", "verb", "sign", "agreement", "парафировать скрепить обменяться заключаться подписываться"),
    **_listed("agreement", "verb", "agree", "understanding", "договориться договариваться согласиться согласовать"),
    **_listed("agreement", "verb", "agree", "understanding", "условиться достигнуть достичь сойтись соглашаться"),
    **_listed("agreement", "verb", "agree", "understanding", "согласовывать объединить"),
    **_listed("agreement", "verb", "step", None, "ратифицировать денонсировать продлить пролонгировать присоединиться"),
    **_listed("agreement", "verb", "step", None, "одобрить установить приостановить утвердить"),
}

# Sense tests: these words count only with one of the others within a few words ("дорожная карта", "режим прекращения
# огня"); alone they are something else far too often.
COMPANY: dict[str, frozenset[str]] = {
    word: frozenset(company.split())
    for word, company in {
        "карта": "дорожный",
        "режим": "прекращение тишина перемирие",
        "прекращение": "огонь действие боевой военный",
        "план": "сотрудничество мероприятие действие совместный мирный работа урегулирование",
        "программа": "сотрудничество совместный мероприятие партнерство обмен действие межправительственный культурный",
        "заявление": "совместный намерение трехсторонний двусторонний итог итоговый подписать принять политический",
        "обращение": "совместный принять подписать",
        "концепция": "совместный подписать принять утвердить",
        "обмен": "пленный грамота нота письмо документ заключенный военнопленный",
        "коридор": "зерновой",
        "инициатива": "черноморский зерновой",
        "пакет": "документ соглашение договоренность меморандум",
        "гарантия": "безопасность",
        "установление": "дипломатический отношение",
        "установить": "дипломатический дипотношение",
        "объединить": "усилие сеть банкомат энергосистема",
        "утвердить": "программа план карта концепция протокол соглашение декларация",
        "согласие": "достигнуть прийти взаимный",
        "пауза": "гуманитарный",
        "тишина": "режим",
        "акт": "подписать заключительный",
        "неделя": "форум энергетический международный российский",
        "собираться": "лидер глава президент министр саммит",
        "собраться": "лидер глава президент министр саммит",
        "формат": "астанинский нормандский трехсторонний россия азия c5 пятерка страна",
        "устав": "организация",
        "решение": "опек опек+ добыча",
    }.items()
}
REACH = 5  # words on either side in which the company is sought

# Nouns that end in these are compounds of them: "видеосаммит", "бизнес-форум", "спецсоглашение".
_ENDINGS = (
    "саммит", "форум", "конференция", "соглашение", "сделка", "контракт", "договор", "выставка", "встреча",
    "консультация",
)  # fmt: skip


@lru_cache(maxsize=65536)
def senses(lemma: str) -> tuple[Sense, ...]:
    """Look a lemma up: its senses, summit before agreement; empty when it triggers nothing."""
    word = lemma.replace("ё", "е")
    found = tuple(table[word] for table in (SUMMITS, AGREEMENTS) if word in table)
    if found or len(word) < len("минсаммит"):
        return found
    for ending in _ENDINGS:
        if word.endswith(ending) and not word.endswith("пресс-конференция"):
            return senses(ending)
    return ()


def keeps_company(lemma: str, around: Iterable[str]) -> bool:
    """Tell whether a word passes its sense test, given the lemmas around it; most words have none."""
    company = COMPANY.get(lemma.replace("ё", "е"))
    return company is None or any(word.replace("ё", "е") in company for word in around)


def may_hold_event(sentence: Sentence) -> Depth:
    """Say how deeply a sentence is to be read: with syntax if a word in it can trigger an event."""
    tokens = sentence.tokens
    for index, token in enumerate(tokens):
        if senses(token.lemma) and keeps_company(
            token.lemma, (t.lemma for t in tokens[max(0, index - REACH) : index + REACH + 1])
        ):
            return Depth.SYNTAX
    return Depth.TOKENS
