"""The open lexicon of triggers: which words can name a meeting or an agreement, and what kind they suggest.

A word is listed when it can head a trigger; whether it does in its sentence is judged later. Lemmas are lower case
with ё written as е. Compound nouns ("видеосаммит", "бизнес-форум") are met by their last part.
"""

from __future__ import annotations

from itertools import compress
from typing import TYPE_CHECKING

from pipeline.annotate.memo import Memo, lemma_of
from pipeline.events.agreements import AGREEMENTS
from pipeline.events.senses import FAMILIES, Family, Sense
from pipeline.events.summits import SUMMITS
from pipeline.records import Depth

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pipeline.records import Sentence

__all__ = ["FAMILIES", "Family", "Sense", "is_other_sense", "keeps_company", "may_hold_event", "senses", "told"]

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
        "говорить": "телефон телефонный",
        "разговаривать": "телефон телефонный коллега президент премьер премьер-министр министр канцлер глава лидер",
        "звонить": "телефон коллега президент премьер премьер-министр министр канцлер глава лидер",
        "связаться": "телефон видеосвязь коллега президент премьер премьер-министр министр",
        "связываться": "телефон видеосвязь коллега президент премьер премьер-министр министр",
        "вызвать": "посол поверенный",
        "вызывать": "посол поверенный",
        "группа": "контактный",
    }.items()
}

# And these are something else after an attribute that says so: "трудовой договор", "по взаимной договорённости".
OTHER_SENSE: dict[str, frozenset[str]] = {
    word: frozenset(attributes.split())
    for word, attributes in {
        "договор": "трудовой брачный кредитный страховой",
        "контракт": "трудовой служебный спонсорский брачный",
        "соглашение": "досудебный мировой спонсорский пользовательский",
        "протокол": "административный дипломатический избирательный медицинский",
        "заявление": "публичный",
        "декларация": "таможенный налоговый обязательный",
        "документ": "архивный разрешительный поддельный проездной личный",
        "бумага": "ценный",
        "кредит": "образовательный ипотечный потребительский",
        "заключение": "пожизненный обвинительный тюремный медицинский экспертный",
        "заседание": "судебный",
        "коллегия": "судебный специализированный",
        "комитет": "следственный профильный государственный",
        "совет": "конституционный дисциплинарный педагогический ученый",
        "комиссия": "избирательный военно-врачебный",
        "консультация": "бесплатный медицинский",
        "беседа": "профилактический",
        "поездка": "туристический",
        "форум": "дворец",
        "выставка": "персональный",
        "неделя": "прошлый минувший прошедший этот текущий следующий будущий последний ближайший",
    }.items()
}
REACH = 5  # words on either side in which the company is sought

# Nouns that end in these are compounds of them: "видеосаммит", "бизнес-форум", "спецсоглашение".
_ENDINGS = (
    "саммит", "форум", "конференция", "соглашение", "сделка", "контракт", "договор", "выставка", "встреча",
    "консультация", "сессия",
)  # fmt: skip


def senses(lemma: str) -> tuple[Sense, ...]:
    """Look a lemma up: its senses, summit before agreement; empty when it triggers nothing."""
    return _senses[lemma]


def _senses_of(lemma: str) -> tuple[Sense, ...]:
    word = lemma.replace("ё", "е")
    found = tuple(table[word] for table in (SUMMITS, AGREEMENTS) if word in table)
    if found or len(word) < len("минсаммит") or not word.endswith(_ENDINGS):
        return found
    for ending in _ENDINGS:
        if word.endswith(ending) and not word.endswith("пресс-конференция"):
            return senses(ending)
    return ()


_senses: Memo[str, tuple[Sense, ...]] = Memo(_senses_of)


def keeps_company(lemma: str, around: Iterable[str]) -> bool:
    """Tell whether a word passes its sense test, given the lemmas around it; most words have none."""
    company = COMPANY.get(lemma.replace("ё", "е"))
    return company is None or any(word.replace("ё", "е") in company for word in around)


def is_other_sense(lemma: str, before: Iterable[str]) -> bool:
    """Tell whether a word means something else here, given the lemmas of the two words before it."""
    attributes = OTHER_SENSE.get(lemma.replace("ё", "е"))
    return attributes is not None and any(word.replace("ё", "е") in attributes for word in before)


def may_hold_event(sentence: Sentence) -> Depth:
    """Say how deeply a sentence is to be read: with syntax if a word in it can trigger an event."""
    lemmas = list(map(lemma_of, sentence.tokens))
    if not any(map(_senses.__getitem__, lemmas)):
        return Depth.TOKENS
    if any(keeps_company(lemmas[index], lemmas[max(0, index - REACH) : index + REACH + 1]) for index in told(lemmas)):
        return Depth.SYNTAX
    return Depth.TOKENS


def told(lemmas: Sequence[str]) -> Iterator[int]:
    """Give the places of lemmas that the lexicon has; most words are passed over without a step in Python."""
    return compress(range(len(lemmas)), map(_senses.__getitem__, lemmas))
