"""Phrases of the text as slot values: the name of a summit, the subject of an agreement, a sum of money."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipeline.annotate.nominative import can_stand, nominative
from pipeline.records import Amount

if TYPE_CHECKING:
    from pipeline.events.candidates import Candidate
    from pipeline.events.reading import Reading, Tree
    from pipeline.records import Span, Token

_NAMED = frozenset({"summit", "session", "body", "forum"})
_PLAIN = frozenset(
    {
        "предстоящий",
        "прошедший",
        "состоявшийся",
        "этот",
        "тот",
        "данный",
        "такой",
        "свой",
        "новый",
        "ближайший",
        "запланированный",
        "сегодняшний",
        "прошлый",
        "последний",
        "проходящий",
        "следующий",
        "прошлогодний",
        "нынешний",
        "важный",
        "который",
        "предыдущий",
        "очередной",
        "ключевой",
        "январский",
        "февральский",
        "мартовский",
        "апрельский",
        "майский",
        "июньский",
        "июльский",
        "августовский",
        "сентябрьский",
        "октябрьский",
        "ноябрьский",
        "декабрьский",
    }
)
# "саммит объединения", "заседание Совета": whose it is stands elsewhere in the article.
_ANAPHORIC = frozenset(
    {"объединение", "союз", "организация", "альянс", "блок", "группа", "совещание", "страна", "совет"}
)
_LEADERS = frozenset({"глава", "лидер"})  # "неформальная встреча глав государств"
# Adjectives that alone name nothing: "международная конференция".
_OF_MANY = frozenset(
    f"{stem}{ending}"
    for stem in (
        "международн",
        "двусторонн",
        "региональн",
        "ежегодн",
        "торжественн",
        "совместн",
        "перв",
        "межрегиональн",
    )
    for ending in ("ый", "ий", "ая", "яя", "ое", "ее")
)
_LONGEST = 16  # words of a name or subject
_QUOTED = re.compile(r"[^\S\n]?[«\"„“]([^«»\"„“”\n]{3,120})[»\"”]")


def name_of(reading: Reading, mentions: list[Candidate]) -> str | None:
    """Give the longest name that the mentions of a summit, council or forum give it, nominative where easy."""
    named = [mention for mention in mentions if mention.sense.group in _NAMED]
    # "Консультативная встреча глав государств": a plain word is a name when it is written as one.
    named = named or [mention for mention in mentions if _is_named_plainly(reading, mention)]
    names = [name for mention in named if (name := _name(reading, mention))]
    return max(names, key=lambda name: (len(name.split()) > 1, len(name)), default=None) if names else None


def _is_named_plainly(reading: Reading, mention: Candidate) -> bool:
    if mention.sense.part != "noun":
        return False
    tokens = reading.trees[mention.sentence].tokens
    after = tokens[mention.token + 1].lemma if mention.token + 1 < len(tokens) else ""
    inside = mention.start > reading.sentence_span(mention.sentence)[0]
    return (inside and reading.body[mention.start].isupper()) or after in _LEADERS


def _name(reading: Reading, mention: Candidate) -> str | None:
    tree = reading.trees[mention.sentence]
    head = mention.token
    first = head
    while first > 0 and _belongs_before(tree, first - 1, head):
        first -= 1
    if any(
        tree.tokens[i].feats.get("Number") == "Plur" or (tree.tokens[i].pos == "NUM" and tree.tokens[i].text.isalpha())
        for i in range(first, head + 1)
        if not re.fullmatch("[IVXL]+", tree.tokens[i].text)
    ):
        return None  # several, or meetings of a kind: no name of this one
    last = _genitives(tree, head)
    if last == head + 1 and tree.tokens[last].lemma in _ANAPHORIC:
        last = head
    last = _theme(tree, _whole_name(reading, mention, last))
    words = [_nominative(tree, i, head) for i in range(first, head + 1)]
    rest = reading.body[tree.tokens[head].stop : tree.tokens[last].stop]
    if last == head:
        quoted = _QUOTED.match(reading.body, tree.tokens[head].stop)
        if quoted:
            rest = quoted.group(0)
    own = [word for word in words[:-1] if word.lower() not in _OF_MANY]
    if not rest and not own and not words[-1].isupper():
        return None
    return re.sub(r"\s+", " ", re.sub(r"\s+\([^()]*\)", "", " ".join(words) + rest)).strip()


def _whole_name(reading: Reading, mention: Candidate, last: int) -> int:
    """Take an organisation named in a name whole: "саммит Организации Договора о коллективной безопасности"."""
    tree = reading.trees[mention.sentence]
    reached = tree.tokens[last].stop
    for name in reading.names_of[mention.sentence]:
        if name.type == "organization" and mention.stop <= name.start < reached < name.stop:
            return tree.at(name.stop - 1)
    return last


def _theme(tree: Tree, last: int) -> int:
    """Find the last word of what a name says it is about: "конференция по Афганистану"."""
    reached = last
    for link in ("по", "между"):
        at = reached + 1
        if at + 1 < len(tree.tokens) and tree.tokens[at].text == link:
            stop = next(
                (
                    i
                    for i in range(at + 1, min(len(tree.tokens), at + _LONGEST))
                    if tree.tokens[i].pos not in ("NOUN", "PROPN", "ADJ", "X") and tree.tokens[i].text != "и"
                ),
                min(len(tree.tokens), at + _LONGEST),
            )
            while stop - 1 > at and tree.tokens[stop - 1].pos not in ("NOUN", "PROPN", "X"):
                stop -= 1
            reached = stop - 1 if stop - 1 > at else reached
    return reached


def _belongs_before(tree: Tree, index: int, head: int) -> bool:
    token = tree.tokens[index]
    if token.lemma in _PLAIN:
        return False
    if token.pos in ("ADJ", "NUM") and token.head == head:
        return True
    return bool(re.fullmatch(r"[IVXL]+|\d+-?[а-я]{0,3}", token.text))


def _genitives(tree: Tree, head: int) -> int:
    """Find the last token of the genitive chain that follows a noun, up to a preposition, verb or comma."""
    last = head
    for index in range(head + 1, min(len(tree.tokens), head + _LONGEST)):
        token = tree.tokens[index]
        if token.text.isdigit():
            break  # the day
        if token.pos in ("ADP", "VERB", "PRON", "SCONJ", "ADV", "PUNCT") and token.text not in ("-", "–", "—"):
            break
        if token.pos == "ADJ" or token.text in ("-", "–", "—", "и"):
            continue
        if token.pos not in ("NOUN", "PROPN", "NUM", "X") or head not in tree.ancestors(index):
            break
        if token.pos == "NOUN" and token.feats.get("Case") not in ("Gen", None):
            break
        last = index
    return last


# Endings of an adjective in the nominative by the gender of its noun: after a soft stem, a hissing one, any other.
_ENDINGS = {"Fem": ("яя", "ая", "ая"), "Neut": ("ее", "ее", "ое")}
_ORDINAL = {"Masc": "й", "Fem": "я", "Neut": "е"}


def _nominative(tree: Tree, index: int, head: int) -> str:
    token = tree.tokens[index]
    gender = tree.tokens[head].feats.get("Gender", "Masc")
    if ordinal := re.fullmatch(r"(\d+)-?[а-яё]{1,3}", token.text):
        return f"{ordinal[1]}-{_ORDINAL.get(gender, 'й')}"
    if re.search(r"[\dA-Z]", token.text):
        return token.text
    if index == head:
        return _cased(token.lemma, token)
    word = token.lemma
    if token.pos == "ADJ" and gender in _ENDINGS and word.endswith(("ий", "ый", "ой")):
        soft, hissing, hard = _ENDINGS[gender]
        if word == "третий":
            word = "третья" if gender == "Fem" else "третье"
        elif word.endswith("ий") and word[-3] not in "кгх":
            word = word[:-2] + (hissing if word[-3] in "жчшщ" else soft)
        else:
            word = word[:-2] + hard
    return _cased(word, token)


def _cased(word: str, token: Token) -> str:
    if token.text.isupper() and len(token.text) > 1:
        return token.text
    return word[:1].upper() + word[1:] if token.text[:1].isupper() else word


_PHRASE = (
    r"(?:[А-ЯЁ][\w-]{1,30} [—–-] [А-ЯЁ][\w-]{1,30}|(?<=\d)[.,](?=\d)|(?:(?<=тыс)|(?<=млн)|(?<=млрд))\.|,(?=[^\S\n])|"
    r"[^.,:;!?\n()—–]|"
    r"\([^()\n]{1,40}\)){4,200}"
)
_ABOUT = re.compile(
    r"[»\"]?(?:[^\S\n]+(?:(?:совместных[^\S\n]+)?(?:мероприятий|действий|мер)|№[^\S\n]?\d+))?"
    r"(?:[^\S\n]+(?:между|с|со|к)[^\S\n]+[^.;,!?\n()]{2,80}?(?=[^\S\n](?:об?|по|на|в области|в сфере)[^\S\n]))?"
    r"[^\S\n]*(?:,[^\S\n]*(?P<verb>касающ|предусматривающ)\w+|(?P<link>об?|по|в области|в сфере|на))[^\S\n]+"
    rf"(?P<phrase>{_PHRASE})"
)
_SAID = re.compile(_PHRASE)
# The case that each asks for.
_ASKED = {
    "о": "Loc", "об": "Loc", "по": "Dat", "на": "Acc", "в области": "Gen", "в сфере": "Gen", "касающ": "Gen",
    "предусматривающ": "Acc",
}  # fmt: skip
_PREDICATE_STOPS = frozenset({"VERB", "AUX", "SCONJ", "PRON"})
# "на 300 млн долларов", "по итогам переговоров", "на пять лет" tell no subject; nor does a sum at the end of one.
_NO_SUBJECT = re.compile(
    r"[\d$€£₽]|(?:этот|тот) (?:сч[её]т|вопрос|предмет)\b|"
    r"(?:сумм|итог|просьб|инициатив|поручени|приглашени|предложени|истечени|окончани|завершени)\w*\b|"
    r"(?:основ[аеу]?|телефону?|видеосвяз[ьи]|слов[оа]м?|мнени[ею]|данны[ем]|информаци[яи]|сообщени[яею]м?|случа[йю]|"
    r"срок|год|месяц|неделю?|сутки|утро|вечер|необходимость|общая сумма|состояни[ею] на)\b|"
    r"\w+ (?:уров(?:ень|не)|год[аы]?|лет|месяц(?:а|ев)?|недел[юиь]|дн(?:я|ей)|час(?:а|ов)?)\b"
)
_MONTH = r"(?:январ|феврал|март|апрел|ма|июн|июл|август|сентябр|октябр|ноябр|декабр)"
_WHICH = r"(?:эт|прошл|текущ|нынешн|следующ)"
_TAIL = re.compile(
    r"(?: на (?:сумму )?(?:\w+ )?[\d$€£][\d ,.]*(?:(?:тыс|млн|млрд|трлн|миллион|миллиард)\w*\.? ?)?(?:\w+(?: США)?)?"
    r"| (?:в рамках|в ходе)(?: .*)?| (?:по итогам|из-за|при (?:посредничестве|участии|поддержке)) .*"
    rf"| во? (?:(?:начале|конце|середине) )?(?:{_WHICH}[ео]м |{_MONTH}е)?(?: ?{_WHICH}(?:ого|его))?"
    r"(?: ?\d{4})?(?: ?год[ау])?)$"
)
# "Конвенция о дипломатических сношениях 1961 года": when it was made is no part of what it is about.
_MADE = re.compile(r"([а-яё]+)(?: от(?: \d{1,2} [а-яё]+)?)? \d{4}(?:-го)? (?:года|г\.?)$")
_TIMED = re.compile(rf"(?:во?|на|до|со?|по|ко?|от|около)|(?:конц|начал|середин|весн|лет|осен|зим|{_MONTH})[а-я]{{1,2}}")
# "Меморандум о взаимопонимании", "протокол о намерениях": that is what they are called.
_CALLED = re.compile(
    r"(?:(?:взаимо)?понимани|намерени)\w+"
    r"(?:(?P<row> и )|(?: между [^.;,\n]{2,60}?)? (?P<link>в области|в сфере|по|об?|на) )?"
)
_BARE = frozenset({"проект", "проекты"})  # "соглашение о проекте": which one, the words before tell
_DOCUMENTS = frozenset("соглашение договор меморандум протокол декларация заявление контракт документ".split())
_LOOSE = frozenset({"ADP", "CCONJ", "ADV", "PART", "PUNCT", "ADJ", "DET"})  # end no phrase
_NAMES_IT = frozenset({"amod", "det"})
_ATTRIBUTES = frozenset({"ADJ", "DET", "VERB"})
_CLOSING, _OPENING = frozenset('»"”'), frozenset('«"“„')
_ROW = 4  # words after a comma in which the next of a row stands


def subject_of(reading: Reading, mentions: list[Candidate]) -> str | None:
    """Give what an agreement is about, in the nominative: the phrase after "о", "по", "в области" that follows it."""
    found = [phrase for mention in mentions if (phrase := _subject(reading, mention))]
    return max(found, key=len) if found else None


def _subject(reading: Reading, mention: Candidate) -> str:
    tree, end = reading.trees[mention.sentence], reading.sentence_span(mention.sentence)[1]
    stop = max(
        tree.tokens[mention.token].stop,
        tree.tokens[max(mention.token, mention.governor)].stop if abs(mention.governor - mention.token) == 1 else 0,
    )
    about = _ABOUT.match(reading.body, stop, end)
    if about:
        link, (start, stop) = (about["verb"] or about["link"]).lower(), about.span("phrase")
    else:
        start = _hanging(tree, mention)
        said = _SAID.match(reading.body, start, end) if start else None
        if not said:
            return ""
        link, stop = "о", said.end()
    called = _CALLED.match(reading.body, start, stop)
    if called:
        if not (called["row"] or called["link"]):
            return ""
        link, start = called["link"] or link, called.end()
    phrase = _up_to_clause(reading, tree, (start, stop), _ASKED[link])
    return "" if phrase in _BARE else phrase


def _hanging(tree: Tree, mention: Candidate) -> int:
    """Find the offset of what hangs by "о" on a mention, but not right after it; 0 for nothing."""
    for child in tree.children[mention.token]:
        if child > mention.token and tree.preposition(child) in ("о", "об"):
            link = next(i for i in tree.children[child] if tree.tokens[i].lemma in ("о", "об"))
            if mention.token < link < child:
                return tree.tokens[link].stop + 1
    return 0


def _up_to_clause(reading: Reading, tree: Tree, span: Span, case: str) -> str:
    start, stop = span
    first = last = tree.at(start)
    while last < min(len(tree.tokens), first + _LONGEST):
        token = tree.tokens[last]
        if token.start >= stop or (token.pos in _PREDICATE_STOPS and token.rel != "amod"):
            break  # "решение возникших проблем" goes on: a participle with its noun
        if token.lemma in _DOCUMENTS and last > first and tree.tokens[last - 1].text in ("и", "или", ","):
            break  # the next document has a subject of its own
        if token.lemma in ("о", "об") and last > first and tree.tokens[last - 1].text in ("и", "или", ","):
            break  # "о дружбе и о границе"
        if token.text == "," and not _goes_on(tree, first, last):
            break
        if token.rel.startswith("nsubj") and token.feats.get("Case") == "Nom" and last > first:
            break  # "контракт на поставку министерство подписало"
        if _closes(reading.body, tree, first, last):
            break  # the name of the agreement ends
        last += 1
    while last > first and tree.tokens[last - 1].pos in _LOOSE and not _is_foreign(tree.tokens[last - 1].text):
        last -= 1
    if last == first:
        return ""
    named = _heads(tree, first, last, case)
    if case == "Acc" and named and tree.tokens[min(named)].feats.get("Case") == "Loc":
        return ""  # "на встрече в Баку"
    words, told = [], start
    for index in range(first, last):
        token = tree.tokens[index]
        word = token.text
        if index in named:
            word = nominative(token, case=case)
        elif (noun := _described(tree, index, named)) is not None:
            word = nominative(token, noun=tree.tokens[noun], case=case)
        words.append(reading.body[told : token.start] + word)
        told = token.stop
    phrase = re.sub(r"\s*\([^)]*\)?", "", "".join(words))
    phrase = _TAIL.sub("", re.sub(r"\s+", " ", phrase).strip(' ,;:"'))
    made = _MADE.search(phrase)
    if made and not _TIMED.fullmatch(made[1]):
        phrase = phrase[: made.end(1)]
    if _NO_SUBJECT.match(phrase):
        return ""
    return phrase + "»" * (phrase.count("«") - phrase.count("»")) + '"' * (phrase.count('"') % 2)


def _closes(body: str, tree: Tree, first: int, index: int) -> bool:
    """Tell a quotation mark that closes what was opened before the phrase."""
    token = tree.tokens[index]
    if token.text not in _CLOSING or body[token.start - 1].isspace():
        return False
    return _OPENING.isdisjoint(before.text for before in tree.tokens[first:index])


def _is_foreign(word: str) -> bool:
    return word.isascii() and word.isalnum()


def _goes_on(tree: Tree, first: int, comma: int) -> bool:
    """Tell whether a row goes on after a comma, and ends with "и": "о мире, дружбе и сотрудничестве"."""
    for index in range(comma + 1, min(len(tree.tokens), comma + 1 + _ROW)):
        token = tree.tokens[index]
        if token.pos in ("NOUN", "PROPN") or (token.pos == "ADJ" and token.rel == "conj"):
            top = tree.tokens[index].head
            joined = token.rel == "conj" and first <= top < comma and token.pos in (tree.tokens[top].pos, "PROPN")
            row = [i for i in tree.children[top] if i > index and tree.tokens[i].rel == "conj"] if joined else []
            return any(tree.tokens[kid].lemma == "и" for i in (*row, index) for kid in tree.children[i])
        if token.pos not in ("ADJ", "DET", "NUM"):
            break
    return False


def _described(tree: Tree, index: int, named: set[int]) -> int | None:
    """Find the named noun that a word is an attribute of, alone or in a row; None for none."""
    token = tree.tokens[index]
    if token.pos not in _ATTRIBUTES:
        return None
    top = tree.first_conjunct(index)
    if tree.tokens[top].rel in _NAMES_IT and tree.tokens[top].head in named:
        return tree.tokens[top].head
    return None


def _heads(tree: Tree, first: int, last: int, case: str) -> set[int]:
    """Find the nouns that a phrase is about: the one that depends on nothing in it, and those joined to it."""
    inside = range(first, last)
    nouns = [i for i in inside if tree.tokens[i].pos in ("NOUN", "PROPN")]
    top = next((i for i in nouns if tree.tokens[i].head not in inside), None)
    if nouns and top != nouns[0] and can_stand(tree.tokens[nouns[0]], case):
        top = nouns[0]  # the first noun that can stand in the case that is asked for, whatever it was hung on
    if top is None:
        return set()
    found, cases = {top}, {case, tree.tokens[top].feats.get("Case")}
    for i in nouns:
        token = tree.tokens[i]
        if token.feats.get("Case") in cases and (
            (token.rel == "conj" and token.head in found) or (case == "Loc" and _is_next(tree, first, i, found))
        ):
            found.add(i)
    return found


def _is_next(tree: Tree, first: int, index: int, found: set[int]) -> bool:
    """Tell whether a noun in the prepositional case is the next of the row of those found: "и" or a comma before it.

    That case has no other reason to stand there than the preposition of the last noun that has it.
    """
    before = index - 1
    while before > first and tree.tokens[before].pos in _ATTRIBUTES:
        before -= 1
    last = next((i for i in range(before, first - 1, -1) if tree.tokens[i].feats.get("Case") == "Loc"), -1)
    return tree.tokens[index].pos == "NOUN" and tree.tokens[before].text in ("и", ",") and last in found


_CURRENCIES = (
    ("USD", r"доллар\w*|долл\.?|\$|usd"),
    ("EUR", r"евро|€|eur"),
    ("RUB", r"рубл\w*|руб\.?|₽"),
    ("CNY", r"юан\w*"),
    ("UZS", r"сум(?:ов|а)?"),
    ("KZT", r"тенге|₸"),
    ("KGS", r"сом(?:ов|а)?"),
    ("AZN", r"манат\w*"),
    ("JPY", r"(?:иен\w*|йен\w*)"),
    ("GBP", r"фунт\w*(?: стерлингов)?|£"),
    ("TRY", r"лир\w*"),
    ("UAH", r"грив\w*"),
    ("AED", r"дирхам\w*"),
    ("INR", r"рупи\w*"),
    ("BYN", r"белорусск\w+ рубл\w+"),
    ("CHF", r"швейцарск\w+ франк\w*"),
    ("KRW", r"вон\b"),
)
_SCALES = (
    ("трлн", 1e12),
    ("триллион", 1e12),
    ("млрд", 1e9),
    ("миллиард", 1e9),
    ("млн", 1e6),
    ("миллион", 1e6),
    ("тыс", 1e3),
)
_AMOUNT = re.compile(
    r"(?<![\w.,])([$€£])?\s?(\d{1,3}(?:[  ]\d{3})+|\d{1,12})(?:[.,](\d{1,3}))?\s*"
    r"(трлн|триллион\w*|млрд|миллиард\w*|млн|миллион\w*|тыс(?:яч\w*)?)?\.?\s*"
    r"(?:(?:американск\w+|сша)\s)?(" + "|".join(f"(?:{words})" for _, words in _CURRENCIES) + r")?(?!\w)",
    re.IGNORECASE,
)


def amount_of(reading: Reading, mentions: list[Candidate]) -> Amount | None:
    """Give the first sum with a currency in the sentences of an agreement."""
    for sentence in sorted({mention.sentence for mention in mentions}):
        low, high = reading.sentence_span(sentence)
        for match in _AMOUNT.finditer(reading.body, low, high):
            sign, whole, part, scale, unit = match.groups()
            currency = _currency(sign or unit)
            if currency is None:
                continue
            value = float(re.sub(r"\D", "", whole) + ("." + part if part else ""))
            value *= next((size for name, size in _SCALES if scale and scale.lower().startswith(name)), 1.0)
            return Amount(value=value, currency=currency)
    return None


def _currency(unit: str | None) -> str | None:
    if not unit:
        return None
    return next((code for code, words in _CURRENCIES if re.fullmatch(words, unit, re.IGNORECASE)), None)
