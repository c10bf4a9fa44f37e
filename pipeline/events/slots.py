"""Which names and dates of the document can fill the slots of an event, and what speaks for each.

For every slot a document offers fillers (each state, person, organisation, place, time expression named in it); a
learned scorer judges every pair of event and filler by the features made here.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING, NamedTuple

from pipeline.annotate.memo import Memo
from pipeline.events.features import kind_of
from pipeline.events.reading import FAR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.events.candidates import Candidate
    from pipeline.events.dates import TimeExpression
    from pipeline.events.reading import Name, Reading, Tree
    from pipeline.events.scorer import Features

NAMED_SLOTS = ("states", "persons", "organizations", "place", "country")  # the date is chosen in `dating`
NOWHERE = 1 << 40  # beyond every text
_LIMITS = (1, 2, 4, 7, 12)  # words to the closest mention, and how they are called
_SIZES = (*_LIMITS, 99)
_FAR = 80.0  # words that are counted
_RANKS = tuple(f"rank={rank}" for rank in range(5))  # the last is that of all beyond
_CLOSEST = 3  # occurrences of a filler that are looked at for each trigger
# They report on meetings and deals and are no party to them; how they are folded follows `str.casefold`.
_OUTLETS = frozenset(
    "reuters|рейтер|bloomberg|cnn|bbc|би-би-си|afp|ap|associated press|al jazeera|the new york times|new york times|"
    "the wall street journal|wall street journal|the washington post|washington post|financial times|the guardian|"
    "guardian|the times|axios|politico|der spiegel|spiegel|bild|die welt|sky news|fox news|nbc|nbc news|cbs|cbs news|"
    "abc news|nikkei|le figaro|le monde|el país|corriere della sera|global times|синьхуа|жэньминь жибао|anadolu|"
    "анадолу|trt|trend|report|апа|казинформ|kazinform|тасс|риа новости|интерфакс|рбк|рбк-украина|россия 24|"
    "россия 1|первый канал|коммерсантъ|коммерсант|известия|ведомости|российская газета|sputnik|rt|укринформ|"
    "белта|кабар|24.kg|tengrinews|tengrinews.kz|zakon.kz|podrobno.uz|газета.uz|gazeta.uz|kun.uz|арменпресс|"
    "радио свобода|радио свободная европа|эхо москвы|дождь|медуза|irna|ирна|tasnim|мехр|иа мехр".split("|")
)
# They act for their state, which is the party.
_STATE_BODIES = re.compile(
    r"(?:мид|минобороны|мин[а-яё]{3,}|министерство\b.*|госдума|совфед|совет федерации|кабмин|"
    r"правительство\b.*|парламент|генштаб|пентагон|госдеп|госдепартамент|кремль|белый дом|"
    r"верховная рада|рада|бундестаг|сенат|совбез|госсовет)",
)
_SHORT_FORM = re.compile(r"(?:(?<!\s)\s*+\([^()]*+\))?")
_PLACES = frozenset({"capital", "city", "place", "metonym"})


class At(NamedTuple):
    """One occurrence of a filler."""

    start: int
    stop: int
    sentence: int
    token: int
    kind: str
    role: str = ""  # what a state does there: says, acts, with, in …


@dataclass(frozen=True, slots=True, kw_only=True)
class Filler:
    """A value that a slot may take, with all its occurrences in the text."""

    value: str
    at: tuple[At, ...]
    state: str | None = None  # the country of a place, the state of a person
    time: TimeExpression | None = None
    sentences: frozenset[int] = field(init=False)
    first: int = field(init=False)  # where it stands first
    has_role: bool = field(init=False)  # anywhere
    told: Features = field(init=False)  # what holds of it beside every event

    def __post_init__(self) -> None:
        sentences = frozenset([at.sentence for at in self.at])
        told = {"times#": min(len(self.at), 5) / 2, "lead": float(0 in sentences or 1 in sentences)}
        roles = {at.role for at in self.at if at.role}
        for role in roles:
            told[f"ever={role}"] = 1.0
        if len(roles) == 1:
            told[f"always={role}"] = 1.0
        object.__setattr__(self, "sentences", sentences)
        object.__setattr__(self, "first", min([at.start for at in self.at], default=NOWHERE))
        object.__setattr__(self, "has_role", bool(roles))
        object.__setattr__(self, "told", told)


class Beside(NamedTuple):
    """How a filler stands to one mention."""

    features: Features
    closest: Features  # of the occurrence that is closest; none where there is none, or none near
    distance: float  # of that one
    near: float  # the least distance in the sentence of the mention and beside it


Known = dict[tuple[int, int], Beside]  # by mention and filler, which must live as long


def _tell_no_party(organization: str) -> bool:
    folded = organization.casefold()
    return folded in _OUTLETS or bool(_STATE_BODIES.fullmatch(folded))


_is_no_party: Memo[str, bool] = Memo(_tell_no_party)


def _is_known(reading: Reading, name: Name) -> bool:
    """Tell a name that is a known one, or adds its short form to it: "Организация тюркских государств (ОТГ)"."""
    if name.ref is not None:
        return False
    beside = (other for other in reading.names_of[name.sentence] if other.start == name.start and other.ref)
    return any(
        other.type == "organization" and bool(_SHORT_FORM.fullmatch(reading.body, other.stop, name.stop))
        for other in beside
        if other.stop <= name.stop
    )


def fillers(reading: Reading, times: Sequence[TimeExpression]) -> dict[str, tuple[Filler, ...]]:
    """Collect the fillers of every slot of a document, in the order of the text."""
    states: dict[str, list[At]] = {}
    persons: dict[str, list[At]] = {}
    organizations: dict[str, list[At]] = {}
    places: dict[str, list[At]] = {}
    owner: dict[str, str | None] = {}
    for name in reading.names:
        where = name.start, name.stop, name.sentence, name.token, kind_of(name)
        at = At(*where)
        if name.states:
            acting = At(*where, _role(reading.trees[name.sentence], name.token))
            for code in name.states:
                states.setdefault(code, []).append(acting)
        if name.type == "person":
            persons.setdefault(name.value, []).append(at)
            owner.setdefault(name.value, name.states[0] if name.states else None)
        elif name.type == "organization" and not _is_no_party[name.value] and not _is_known(reading, name):
            organizations.setdefault(name.value, []).append(at)
        elif name.type in _PLACES and (name.type != "place" or name.ref is None or not name.ref.isalpha()):
            places.setdefault(name.value, []).append(at)
            owner.setdefault(name.value, name.states[0] if len(name.states) == 1 else None)
    if reading.home:
        states.setdefault(reading.home, []).extend(_home_words(reading))
    dates = tuple(Filler(value=time.words, at=(_at(reading, time),), time=time) for time in times)
    whole = tuple(Filler(value=code, at=tuple(at), state=code) for code, at in states.items())
    return {
        "states": whole,
        "country": whole,
        "persons": tuple(Filler(value=v, at=tuple(at), state=owner[v]) for v, at in persons.items()),
        "organizations": tuple(Filler(value=v, at=tuple(at)) for v, at in organizations.items()),
        "place": tuple(Filler(value=v, at=tuple(at), state=owner[v]) for v, at in places.items()),
        "date": dates,
    }


_SAY = frozenset(
    "сообщить сообщать заявить заявлять сказать рассказать отметить отмечать говорить писать написать передать "
    "передавать объявить называть назвать напомнить подчеркнуть обвинить призвать призывать потребовать признать "
    "предложить пообещать ответить прокомментировать уточнить добавить считать поздравить утверждать предупредить "
    "указать пояснить объяснить выразить приветствовать осудить раскритиковать надеяться допустить полагать".split()
)
_WORDS = frozenset("слово данные мнение сообщение информация заявление ссылка оценка".split())
_WITHIN = frozenset("в во из под близ".split())
_CLIMBED = ("nmod", "amod", "appos", "flat", "flat:name", "flat:foreign", "conj")
_HIGHEST = 6


def _role(tree: Tree, token: int) -> str:
    """Say what a name, or the office or body that it belongs to, does in its sentence; nothing in an unread one.

    "По словам президента Турции" and "глава МИД Ирана заявил" are says, "в Брюсселе" is in, "с коллегой из" is with.
    """
    if not any(tree.children):
        return ""
    at = token
    for _ in range(_HIGHEST):
        word, link = tree.tokens[at], tree.preposition(at)
        if word.lemma in _WORDS and link in ("по", "на", "со"):
            return "says"
        if link:
            return "in" if link in _WITHIN else "with" if link in ("с", "со", "между") else f"after {link}"
        if not 0 <= word.head < len(tree.tokens):
            return "root"
        if word.rel.startswith("nsubj"):
            return "says" if tree.lemmas[word.head] in _SAY else "acts"
        if word.rel not in _CLIMBED:
            return word.rel
        at = word.head
    return "deep"


def _at(reading: Reading, time: TimeExpression) -> At:
    sentence = reading.sentence_at(time.start)
    return At(
        start=time.start,
        stop=time.stop,
        sentence=sentence,
        token=reading.trees[sentence].span_head(time.start, time.stop),
        kind="time",
    )


_HOME = frozenset({"страна", "республика", "государство", "родина"})


def _home_words(reading: Reading) -> list[At]:
    """Find "наша страна", "в республику", and such words where they mean the outlet's own state."""
    found = []
    for sentence, tree in enumerate(reading.trees):
        if _HOME.isdisjoint(tree.lemmas):
            continue
        for index, token in enumerate(tree.tokens):
            if token.lemma in _HOME and token.feats.get("Number") != "Plur":
                ours = index > 0 and tree.tokens[index - 1].lemma in ("наш", "свой")
                found.append(
                    At(
                        start=token.start,
                        stop=token.stop,
                        sentence=sentence,
                        token=index,
                        kind="ours" if ours else "home",
                    )
                )
    return found


class About(NamedTuple):
    """An event whose fillers are described: its mentions, and the features that it lends to every filler."""

    mentions: Sequence[Candidate]
    sentences: frozenset[int]
    lent: Features


def about(mentions: Sequence[Candidate], fillers: int, hints: Features) -> About:
    """Say of an event what holds beside each of so many fillers of a slot; `hints` are features of the event itself."""
    lent: Features = {"mentions#": min(len(mentions), 4) / 2}
    for mention in mentions:
        lent[f"group={mention.sense.group}"] = 1.0
    lent["others#"] = min(fillers, 10) / 5
    lent["only"] = float(fillers == 1)
    lent.update(hints)
    return About(mentions, frozenset([mention.sentence for mention in mentions]), lent)


def describe_pairs(reading: Reading, event: About, fillers: Sequence[Filler], known: Known) -> list[Features]:
    """Describe how each filler of a slot stands to an event.

    What was said of a mention and a filler is put into `known`, and taken from it when they meet again.
    """
    pairs = [[_know(reading, mention, filler, known) for mention in event.mentions] for filler in fillers]
    nears = [min([beside.near for beside in pair]) for pair in pairs]
    nears = [99.0 if near == inf else near for near in nears]
    ordered = sorted(nears)
    return [
        _describe_pair(reading, event, filler, pair, near, ordered)
        for filler, pair, near in zip(fillers, pairs, nears, strict=True)
    ]


def _describe_pair(
    reading: Reading, event: About, filler: Filler, pair: Sequence[Beside], near: float, nears: Sequence[float]
) -> Features:
    """Describe a filler given how it stands to each mention; `near` is the least distance, `nears` those of all."""
    row: Features = filler.told | event.lent
    row["one"] = 1.0
    closest = pair[0]
    for beside in pair:
        row.update(beside.features)
        if beside.distance < closest.distance:
            closest = beside
    row.update(closest.closest)
    best = closest.distance
    shared = event.sentences & filler.sentences
    row["same" if shared else "other"] = 1.0
    row["distance#"] = best / 20 if best < _FAR else _FAR / 20
    row["title"] = 1.0 if filler.first < reading.title_stop else 0.0
    row["covered#"] = len(shared) / len(event.sentences)
    row["home"] = 1.0 if filler.state is not None and filler.state == reading.home else 0.0
    closer = bisect_left(nears, best) - (near < best)  # others
    row[_RANKS[closer] if closer < len(_RANKS) else _RANKS[-1]] = 1.0
    if shared:
        for _, _, sentence, _, kind, role in filler.at:
            if sentence in shared:
                row[f"kind={kind}"] = 1.0
                if filler.has_role:
                    row[f"role={role}"] = 1.0
    return row


def _know(reading: Reading, mention: Candidate, filler: Filler, known: Known) -> Beside:
    key = id(mention), id(filler)
    beside = known.get(key)
    if beside is None:
        beside = known[key] = _beside(reading, mention, filler)
    return beside


def _beside(reading: Reading, mention: Candidate, filler: Filler) -> Beside:
    """Describe how a filler stands to one mention."""
    row: Features = {}
    here, token, begin = mention.sentence, mention.token, mention.start
    near = inf
    ranked: list[tuple[int, int, int, float]] = []  # sentences and characters away, number, words away
    for number, (start, _, sentence, index, _, _) in enumerate(filler.at):
        gap = sentence - here
        if gap == 0:
            distance = float(abs(index - token))
        else:  # the words between, and fifteen for every sentence between
            distance = 15.0 * abs(gap) + (5.0 if gap > 0 else 0.0) + min(index, 20) / 2
        if -1 <= gap <= 1 and distance < near:
            near = distance
        ranked.append((abs(gap), abs(start - begin), number, distance))
    ranked.sort()
    best, closest = 99.0, -1
    for order, (away, _, number, distance) in enumerate(ranked[:_CLOSEST]):
        if distance < best:
            best, closest = distance, number
        if away == 0:
            _say_occurrence(row, reading, mention, filler.at[number])
        elif order == 0 and away == 1:
            row["next" if filler.at[number].sentence > here else "before"] = 1.0
    said: Features = {}
    if closest >= 0:
        _say_closest(said, reading, mention, filler.at[closest], best)
    return Beside(row, said, best, near)


def _say_occurrence(row: Features, reading: Reading, mention: Candidate, at: At) -> None:
    """Describe an occurrence in the sentence of a mention: how it hangs on it, and as what."""
    tree, kind, group = reading.trees[mention.sentence], at.kind, mention.sense.group
    path = tree.path(mention.token, at.token)
    if path != FAR:
        row[f"path={path}"] = 1.0
        row[f"path={path},{kind}"] = 1.0
        row[f"path={path},{group}"] = 1.0
        row["linked"] = 1.0
        row[f"linked={kind}"] = 1.0
    preposition = tree.preposition(tree.titled(at.token)) or tree.preposition(at.token)
    row[f"prep={preposition}"] = 1.0
    row[f"prep={preposition},{group}"] = 1.0
    row[f"prep={preposition},{kind}"] = 1.0
    _say_role(row, reading, mention, at)
    if mention.start <= at.start < mention.stop:
        row["within"] = 1.0


def _say_closest(row: Features, reading: Reading, mention: Candidate, at: At, distance: float) -> None:
    gap = at.sentence - mention.sentence
    row[f"closest-sentence={max(-4, min(4, gap))}"] = 1.0
    row[f"closest-kind={at.kind}"] = 1.0
    if gap == 0:
        side = "-" if at.start < mention.start else "+"
        row[f"closest={side}{_SIZES[bisect_left(_LIMITS, distance)]}"] = 1.0
        low, high = sorted((at.token, mention.token))
        between = reading.trees[mention.sentence].tokens[low + 1 : high]
        row["closest-comma"] = row["closest-verb"] = 0.0
        for token in between:
            if token.text in ",;—–":
                row["closest-comma"] = 1.0
            if token.pos == "VERB":
                row["closest-verb"] = 1.0


def _say_role(row: Features, reading: Reading, mention: Candidate, at: At) -> None:
    """Say the filler's role at the verb above it, and whether that verb is the trigger's."""
    tree = reading.trees[mention.sentence]
    top = tree.first_conjunct(tree.titled(tree.first_conjunct(at.token)))
    token = tree.tokens[top]
    row[f"rel={token.rel}"] = 1.0
    head = token.head
    if 0 <= head < len(tree.tokens):
        row[f"head={tree.tokens[head].lemma}"] = 1.0
        upper = tree.tokens[head]
        if upper.rel in ("nsubj", "nsubj:pass", "obl", "nmod", "obj"):
            row[f"rel2={token.rel}<{upper.rel}"] = 1.0
    for step in tree.ancestors(top):
        if tree.tokens[step].pos == "VERB":
            row["same-verb" if step == mention.predicate else "other-verb"] = 1.0
            row[f"verb={tree.tokens[step].lemma},{token.rel}"] = 1.0
            break
    case = tree.tokens[at.token].feats.get("Case")
    if case:
        row[f"case={case}"] = 1.0
