"""What a mention of an agreement tells beside its status: the steps taken before, and who has ratified it.

"Сенат Казахстана ратифицировал соглашение. Документ подписан в Ашхабаде 10 июня" is a ratification, by Kazakhstan,
and a signing with a day and a place of its own. A step is told by a verb of its own in the past, with the agreement as
its subject or object; its day and place hang on that verb, in the same clause. Whatever is less certain is not told.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from pipeline.events.dating import time_value, verb_above
from pipeline.events.settled import tense
from pipeline.records import AGREEMENT_STATUSES, EarlierStep, Why

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipeline.events.candidates import Candidate
    from pipeline.events.find import Draft, Prepared
    from pipeline.events.reading import Name, Tree
    from pipeline.records import Span

_VERBS = {
    "подписать": "signed", "заключить": "signed", "парафировать": "agreed", "согласовать": "agreed",
    "ратифицировать": "ratified",
}  # fmt: skip
_ENACTED = frozenset("подписать принять одобрить утвердить поддержать".split())  # a law on the ratification
_APPROVED = frozenset("одобрить утвердить".split())  # by a parliament, where the whole is ratified
_FORCE = frozenset("вступить войти".split())
_HELD = frozenset("состояться пройти произойти".split())  # "подписание состоялось"
_WHOLE = frozenset("ряд пакет текст".split())  # "подписали пакет соглашений"
_DAY = 10  # characters of an ISO date
# "Ратифицировал соглашение о продлении договора", "заключили новое соглашение" tell nothing of the first one.
_ANOTHER = frozenset(
    "продление изменение внесение дополнение прекращение приостановка новый другой второй похожий подобный аналогичный "
    "отдельный очередной".split()
)
_THIS = frozenset("он она оно они который это".split())
_PART_OF_NAME = frozenset({"nmod", "amod", "appos", "flat", "flat:name", "flat:foreign", "conj"})
_PARTNER = frozenset("с со между".split())
_TOWARDS = frozenset({"в", "во", "на"})
_BODIES = frozenset(
    "парламент сенат мажилис дума госдума палата меджлис мажлис маджлис кенеш рада хурал конгресс собрание ассамблея "
    "совет сейм депутат сенатор парламентарий законодатель правительство власть президент глава страна республика "
    "государство".split()
)
_PARLIAMENTS = frozenset(_BODIES - {"правительство", "власть", "президент", "глава", "совет"})
_PARTS = frozenset("комитет комиссия фракция".split())  # of a parliament, which ratify nothing
# Parliaments that are named without their state and that the gazetteer does not take for it.
_OF_STATE = {
    "мажилис": "KZ", "кенеш": "KG", "кнессет": "IL", "бундестаг": "DE", "бундесрат": "DE", "рада": "UA",
    "совфед": "RU", "меджлис": "TR", "риксдаг": "SE", "стортинг": "NO",
}  # fmt: skip
_NAMED = frozenset({"state", "adjective", "metonym", "capital", "person", "organization"})

# The notation: the status of the whole, the text, and what it tells beside: who ratified, steps with day and place. A
# line without an arrow must tell nothing. The lines are tests, published on 20 November 2026.
EXAMPLES = """
ratified: Сенат парламента Казахстана 19 ноября ратифицировал соглашение с Туркменистаном о транзите. Документ подписан в Ашхабаде 10 июня 2026 года. => by KZ; signed 2026-06-10 Ашхабад
ratified: Соглашение, подписанное Казахстаном и Ираном в 2019 году в Тегеране, ратифицировано депутатами Мажилиса. => by KZ; signed 2019 Тегеран
ratified: Президент Казахстана подписал закон о ратификации соглашения с Катаром. => by KZ
ratified: Закон о ратификации соглашения с Турцией подписан президентом Узбекистана. => by UZ
ratified: Жогорку Кенеш одобрил ратификацию соглашения с Турцией. => by KG
ratified: Парламент Армении одобрил соглашение с Индией. => by AM
ratified: Парламенты Казахстана и Узбекистана ратифицировали договор о союзе. => by KZ UZ
ratified: Армянский парламент ратифицировал договор с Грузией. => by AM
ratified: В Казахстане ратифицировали соглашение с Китаем. => by KZ
ratified: Госдума ратифицировала договор с Узбекистаном. Он был подписан 5 мая 2020 года. => by RU; signed 2020-05-05
ratified: Казахстан ратифицировал договор с Китаем, который был подписан в Пекине. => by KZ; signed - Пекин
ratified: Казахстан ратифицировал договор с Китаем. Подписание договора состоялось в Пекине 9 апреля 2018 года. => by KZ; signed 2018-04-09 Пекин
signed: Узбекистан и Турция подписали соглашение. Сенат Узбекистана ратифицировал документ 5 октября. => by UZ
terminated: Россия вышла из договора с США. Договор подписан в Праге 8 апреля 2010 года и вступил в силу 5 февраля 2011 года. => signed 2010-04-08 Прага; in_force 2011-02-05
in_force: Договор Киргизии с Узбекистаном действует. Парламент Киргизии ратифицировал договор 17 ноября 2022 года. => by KG; ratified 2022-11-17
signed: Иран и Армения подписали соглашение о торговле. Соглашение было парафировано в марте 2025 года. => agreed 2025-03
ratified: Сенат ратифицировал соглашение между Казахстаном и Катаром.
ratified: Комитет парламента Казахстана одобрил ратификацию соглашения с Катаром.
ratified: Казахстан ещё не ратифицировал соглашение с Катаром.
ratified: Парламент Казахстана ратифицирует соглашение с Катаром 5 декабря.
ratified: Соглашение Казахстана с Катаром ратифицировано. Документ вступит в силу 1 января 2027 года.
terminated: Договор Ирана с Арменией расторгнут. Страны заключили новый договор 5 мая 2025 года.
terminated: Иран расторг договор с Арменией. В 1995 году Иран подписал конвенцию.
ratified: Договор с Китаем ратифицирован. Договор был подписан 3 мая 2020 года. Договор подписали 4 июня 2021 года.
in_force: Договор Ирана с Арменией, заключённый два года назад, действует.
in_force: Договорённость Ирана с Арменией действует. Договорённость была заключена 5 мая 2020 года.
signed: Казахстан и Катар подписали соглашение в Дохе 10 июня 2026 года.
"""  # noqa: E501 - an example a line


class _Clause(NamedTuple):
    """A verb that tells a step of an agreement."""

    status: str
    tree: Tree
    sentence: int
    verb: int  # its token
    at: int  # the token on which days and places may hang as well: "подписание", else the verb


class _Told(NamedTuple):
    """A step as one clause tells it, with the words of its day, its place and its verb."""

    clause: _Clause
    date: str | None
    place: str | None
    words: tuple[Span | None, Span | None]


class Ladder(NamedTuple):
    """What a document tells of the way of an agreement, with the words that tell it."""

    steps: tuple[EarlierStep, ...]  # in the order of the statuses
    ratified_by: tuple[str, ...]  # sorted
    why: tuple[Why, ...]  # slots "signed_date", "signed_place", "ratified_date", …, and "ratified_by"


def ladder(prepared: Prepared, draft: Draft) -> Ladder:
    """Tell the dated steps (a signing may have its place alone) before the status of an agreement, and who ratified."""
    rank = AGREEMENT_STATUSES.index(draft.status)
    if rank <= AGREEMENT_STATUSES.index("planned"):
        return Ladder((), (), ())
    told: dict[str, list[_Told]] = defaultdict(list)
    ratifiers: dict[str, _Clause] = {}
    for clause in _clauses(prepared, draft, approved=draft.status == "ratified"):
        if clause.status == "signed" and draft.kind == "understanding":
            continue  # nobody signs what is no document
        if AGREEMENT_STATUSES.index(clause.status) < rank and (found := _told(prepared, draft, clause)) is not None:
            told[clause.status].append(found)
        if clause.status == "ratified" and rank >= AGREEMENT_STATUSES.index("signed"):
            for state in _takers(prepared, draft, clause):
                ratifiers.setdefault(state, clause)
    chosen = [one for status in AGREEMENT_STATUSES if (one := _one(told[status])) is not None]
    why = [Why(slot="ratified_by", value=s, rule=_rule(c), span=_span(c)) for s, c in sorted(ratifiers.items())]
    for one in chosen:
        for slot, value, words in zip(("date", "place"), (one.date, one.place), one.words, strict=True):
            if value is not None:
                slot_ = f"{one.clause.status}_{slot}"
                why.append(Why(slot=slot_, value=value, rule=_rule(one.clause), span=words))
    steps = tuple(
        EarlierStep(
            status=one.clause.status,
            date=one.date,
            place=one.place,
            evidence=prepared.reading.sentence_span(one.clause.sentence),
        )
        for one in chosen
    )
    return Ladder(steps, tuple(sorted(ratifiers)), tuple(why))


def _span(clause: _Clause) -> Span:
    token = clause.tree.tokens[clause.verb]
    return (token.start, token.stop)


def _rule(clause: _Clause) -> str:
    return f"told by «{clause.tree.tokens[clause.verb].text}»"


def _clauses(prepared: Prepared, draft: Draft, *, approved: bool) -> Iterator[_Clause]:
    """Find the verbs in the past that tell a step of an agreement; with `approved` what a parliament approved."""
    seen: set[tuple[int, int]] = set()
    members = [prepared.candidates[i] for i in draft.mentions]
    for member in members:
        tree = prepared.reading.trees[member.sentence]
        if any(tree.tokens[child].lemma in _ANOTHER for child in tree.children[member.token]):
            continue
        for verb in _verbs(tree, member, members):
            if (member.sentence, verb) in seen or not _is_past(tree, verb):
                continue
            status, at = _status(tree, member, verb, approved=approved)
            if status:
                seen.add((member.sentence, verb))
                yield _Clause(status, tree, member.sentence, verb, at)


def _verbs(tree: Tree, member: Candidate, members: Sequence[Candidate]) -> Iterator[int]:
    """List the verbs that say something of a member: above it, of a clause that hangs on it, joined to these."""
    found = [
        child
        for child in tree.children[member.token]
        if tree.tokens[child].rel in ("acl", "acl:relcl") and tree.tokens[child].pos == "VERB"
    ]
    verb = member.predicate
    if verb == member.token:
        if _speaks_of(tree, member, members):
            found.append(verb)
    elif verb >= 0 and _is_argument(tree, member, verb):
        found.append(verb)
    for each in found:
        yield each
        for child in tree.children[each]:
            joined = any(tree.tokens[word].rel == "cc" for word in tree.children[child])
            if tree.tokens[child].rel == "conj" and joined and _subject(tree, child) < 0:
                yield child  # "подписан 8 апреля и вступил в силу 5 февраля"


def _speaks_of(tree: Tree, member: Candidate, members: Sequence[Candidate]) -> bool:
    """Tell whether a verb that is a member itself has the agreement as "он" or "который", or hangs on its noun."""
    verb = tree.tokens[member.token]
    if verb.rel in ("acl", "acl:relcl"):
        return any(m.sentence == member.sentence and m.token == verb.head for m in members)
    return any(
        tree.tokens[child].lemma in _THIS and tree.tokens[child].rel in ("nsubj:pass", "nsubj", "obj")
        for child in tree.children[member.token]
    )


def _is_argument(tree: Tree, member: Candidate, verb: int) -> bool:
    """Tell whether the agreement is subject or object of a verb, itself or by its ratification or signing."""
    at = tree.first_conjunct(member.token)
    for _ in range(3):
        token = tree.tokens[at]
        if token.head == verb:
            return token.rel in ("nsubj", "nsubj:pass", "obj") and not tree.preposition(at)
        if token.rel != "nmod" or not 0 <= token.head < len(tree.tokens):
            return False
        above = tree.tokens[token.head].lemma
        if tree.preposition(at) and not (above == "закон" and tree.tokens[at].lemma == "ратификация"):
            return False
        if above not in _WHOLE | {"ратификация", "подписание", "закон", "законопроект"}:
            return False
        at = tree.first_conjunct(token.head)
    return False


def _is_past(tree: Tree, verb: int) -> bool:
    token = tree.tokens[verb]
    if token.feats.get("VerbForm") == "Part" and token.feats.get("Variant") != "Short":
        negated = any(tree.tokens[child].lemma == "не" for child in tree.children[verb])
        return token.feats.get("Tense") == "Past" and token.rel == "acl" and not negated
    return tense(tree, verb) == "past"


def _status(tree: Tree, member: Candidate, verb: int, *, approved: bool) -> tuple[str, int]:
    """Tell the step that a verb means for a member, and where its day and place may hang as well."""
    lemma = tree.tokens[verb].lemma.replace("ё", "е")
    between = _between(tree, member, verb)
    words = {tree.tokens[index].lemma for index in between}
    if "ратификация" in words:
        return ("ratified", verb) if lemma in _ENACTED else ("", verb)
    if "закон" in words or "законопроект" in words:
        return "", verb
    if "подписание" in words:
        act = next(index for index in between if tree.tokens[index].lemma == "подписание")
        return ("signed", act) if lemma in _HELD else ("", verb)
    if lemma in _FORCE:
        into = {(tree.preposition(child), tree.tokens[child].lemma) for child in tree.children[verb]}
        entered = into & {("в", "сила"), ("в", "действие")} and _is_subject(tree, member, verb)
        return ("in_force", verb) if entered else ("", verb)
    if approved and lemma in _APPROVED:
        subject = _subject(tree, verb)
        return ("ratified", verb) if subject >= 0 and _head_word(tree, subject) in _PARLIAMENTS else ("", verb)
    return _VERBS.get(lemma, ""), verb


def _is_subject(tree: Tree, member: Candidate, verb: int) -> bool:
    """Tell whether the agreement itself does what a verb in the active says, not what stands beside it."""
    token, head = tree.tokens[verb], tree.tokens[verb].head
    if member.token in (verb, head):
        return True
    heads = {verb, head} if token.rel == "conj" else {verb}
    word = tree.tokens[tree.first_conjunct(member.token)]
    same = word.feats.get("Number") == token.feats.get("Number")
    return same and word.head in heads and word.rel in ("nsubj", "nsubj:pass")


def _between(tree: Tree, member: Candidate, verb: int) -> list[int]:
    chain = tree.ancestors(member.token)
    return chain[1 : chain.index(verb)] if verb in chain else []


# -- day and place ----------------------------------------------------------------------------------------------------


def _told(prepared: Prepared, draft: Draft, clause: _Clause) -> _Told | None:
    """Read the step that a clause tells; None without a day and, of a signing, a place, and where it has two days."""
    days = _days(prepared, clause)
    place, where = _place(prepared, clause) if clause.status == "signed" else (None, None)
    if len(days) > 1 or "" in days or not (days or place) or (clause.status == "signed" and _signs_alone(clause)):
        return None
    day, words = next(iter(days.items()), (None, None))
    if day and any(day > last[: len(day)] for last in (prepared.published.isoformat(), draft.days[0]) if last):
        return None  # ahead, or after what it comes before
    return _Told(clause, day, place, (words, where))


def _signs_alone(clause: _Clause) -> bool:
    """Tell the signing by one side of what others signed before: "Россия подписала конвенцию в 1995 году"."""
    tree, verb = clause.tree, clause.tree.tokens[clause.verb]
    if verb.feats.get("VerbForm") != "Fin" or verb.feats.get("Number") != "Sing" or clause.at != clause.verb:
        return False
    near = [clause.verb, *(child for child in tree.children[clause.verb] if tree.tokens[child].rel == "obj")]
    return not any(tree.preposition(child) in _PARTNER for index in near for child in tree.children[index])


def _one(told: Sequence[_Told]) -> _Told | None:
    """Make one of several tellings of a step, that of the precisest day; none where their days differ."""
    dates = {one.date for one in told if one.date}
    best = max(dates, key=len, default=None)
    if not told or (best and not all(best.startswith(date) for date in dates)):
        return None
    chosen = next(one for one in told if one.date == best)
    places = {one.place: one.words[1] for one in told if one.place}
    place, where = places.popitem() if len(places) == 1 else (None, None)
    return _Told(chosen.clause, best, place, (chosen.words[0], where))


def _days(prepared: Prepared, clause: _Clause) -> dict[str, Span]:
    """Give the days, months and years that hang on the verb of a step, with their words; "" for one of no one day."""
    found: dict[str, Span] = {}
    for filler in prepared.fillers["date"]:
        at, time = filler.at[0], filler.time
        if at.sentence != clause.sentence or verb_above(clause.tree, at.token) not in (clause.verb, clause.at):
            continue
        if time is not None and not _is_apart(clause, at.token):
            start, end = time_value(filler, "past")
            single = start and end in (None, start) and time.bound == "at" and not time.weak
            if start and len(start) < _DAY and "назад" in time.words.lower():
                single = False  # "два года назад" may be the year beside
            found.setdefault(start if start and single else "", (at.start, at.stop))
    return found


def _place(prepared: Prepared, clause: _Clause) -> tuple[str | None, Span | None]:
    """Give the one city in which a signing is said to have been, with its words."""
    tree = clause.tree
    found: dict[str, Span] = {}
    for name in prepared.reading.names_of[clause.sentence]:
        if name.type not in ("place", "city") or name.value in name.states:
            continue
        top = tree.first_conjunct(tree.titled(name.token))
        hangs = tree.tokens[top].head in (clause.verb, clause.at) and tree.preposition(top) in _TOWARDS
        if hangs and not _is_apart(clause, name.token):
            found.setdefault(name.value, (name.start, name.stop))
    return next(iter(found.items())) if len(found) == 1 else (None, None)


def _is_apart(clause: _Clause, token: int) -> bool:
    """Tell whether something parts a word from the verb: another clause, an insertion."""
    low, high = sorted((token, clause.verb))
    return any(each.text in ",;:—–" for each in clause.tree.tokens[low + 1 : high])


# -- who took it ------------------------------------------------------------------------------------------------------


def _takers(prepared: Prepared, draft: Draft, clause: _Clause) -> tuple[str, ...]:
    """List the parties that the subject of a verb belongs to: a state, its parliament, its president."""
    tree = clause.tree
    parties = {filler.value for filler in draft.fillers["states"]}
    names = [
        name for name in prepared.reading.names_of[clause.sentence] if len(name.states) == 1 and name.type in _NAMED
    ]
    subject = _agent(tree, clause.verb)
    found = _at_home(tree, clause.verb, names) if subject < 0 else _states_of(tree, clause.verb, subject, names)
    return tuple(sorted(found & parties))


def _subject(tree: Tree, verb: int) -> int:
    return next((child for child in tree.children[verb] if tree.tokens[child].rel in ("nsubj", "nsubj:pass")), -1)


def _agent(tree: Tree, verb: int) -> int:
    """Find who does what a verb says: its subject, of a passive the instrumental; -1 where it is not said."""
    token = tree.tokens[verb]
    if token.feats.get("Voice") == "Pass":
        for child in tree.children[verb]:
            word = tree.tokens[child]
            by = word.rel == "obl:agent" or (word.rel == "obl" and word.feats.get("Case") == "Ins")
            if by and not tree.preposition(child):
                return child
        return -1
    subject = _subject(tree, verb)
    if subject < 0 and token.rel == "conj" and 0 <= token.head < len(tree.tokens):
        subject = _subject(tree, token.head)
    return subject


def _states_of(tree: Tree, verb: int, subject: int, names: Sequence[Name]) -> set[str]:
    if any(tree.tokens[index].lemma in _PARTS for index in (subject, *tree.children[subject])):
        return set()
    # "Путин ратифицировал договор, его коллега — позже": what stands beyond the verb is no part of its subject.
    inside = [n for n in names if _belongs(tree, n.token, subject) and (n.token < verb) == (subject < verb)]
    own = {name.states[0] for name in inside}
    if _head_word(tree, subject) in _BODIES or any(tree.titled(name.token) == subject for name in inside):
        words = (tree.tokens[index].lemma for index in range(len(tree.tokens)) if _belongs(tree, index, subject))
        return own or {_OF_STATE[word] for word in words if word in _OF_STATE}
    return set()


def _head_word(tree: Tree, index: int) -> str:
    return tree.tokens[index].lemma.replace("ё", "е")


def _belongs(tree: Tree, token: int, subject: int) -> bool:
    """Tell whether a word is part of the noun phrase of a subject, not of something beside it."""
    for index in tree.ancestors(token):
        if index == subject:
            return True
        if tree.tokens[index].rel not in _PART_OF_NAME or tree.preposition(index):
            return False
    return False


def _at_home(tree: Tree, verb: int, names: Sequence[Name]) -> set[str]:
    """Read "в Казахстане ратифицировали соглашение"."""
    token = tree.tokens[verb]
    if token.feats.get("Number") != "Plur" or token.feats.get("Voice") == "Pass":
        return set()
    return {
        name.states[0]
        for name in names
        if name.type == "state" and tree.tokens[name.token].head == verb and tree.preposition(name.token) in ("в", "во")
    }
