"""Russian word forms: lemmas and inflection; the only door to pymorphy2.

pymorphy2 0.9 looks for its dictionary through `pkg_resources` and asks `inspect.getargspec` for the parameters of its
units; neither is there in a fresh Python 3.12. natasha (yargy) mends the second when it is imported, and the explicit
path of `pymorphy2_dicts_ru` makes the first needless. dawg2 reads its dictionary five times as fast as the package's
own reader, with the same result.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache, partial
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from pipeline.annotate.memo import Memo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

LONGEST_WORD = 100  # characters; pymorphy2 recurses once a prefix and breaks on longer words
MOST_HYPHENS = 5  # a word of more parts is read as it stands, for the same reason
REMEMBERED_WORDS = 50_000
LONGEST_PREFIX, SHORTEST_REST = 5, 3  # letters of the parts into which pymorphy2 cuts a word that it does not know

_SURROGATE = re.compile("[\ud800-\udfff]")
# Of a folded word: no figure, sign, hyphen or foreign letter, which have units of their own; one of the letters at all.
_PLAIN = re.compile("[а-я]+")
_CYRILLIC = re.compile("[а-яё]")

_NAMES = frozenset({"Name", "Surn", "Patr"})
_LIKE = {"PROPN": "NOUN", "AUX": "VERB", "SCONJ": "CCONJ"}
# What natasha compares when no form fits a tag exactly (natasha.morph.lemma).
_COMPARED = frozenset({"Case", "Gender", "Number", "Aspect", "NumForm", "Person", "Tense", "Variant"})


class Grammar(NamedTuple):
    """What a tag of OpenCorpora says, as plain values: pymorphy2 works each out anew at every question."""

    pos: str | None
    case: str | None
    gender: str | None
    number: str | None
    grammemes: frozenset[str]
    names: bool  # it is a given name, patronymic or surname in the singular


class _Slot(NamedTuple):
    """One place of a paradigm: its tag, and what stands around the stem there and in the first place."""

    paradigm: int
    place: int
    tag: Any  # pymorphy2's own
    name: str  # of the tag
    grammar: Grammar
    productive: bool  # a word that the dictionary does not know may have this tag
    prefix: str = ""
    suffix: str = ""
    normal_prefix: str = ""
    normal_suffix: str = ""


class Form(NamedTuple):
    """One reading of a word."""

    word: str
    tag: Grammar
    score: float
    known: bool  # the dictionary has it
    declined: bool  # it follows a paradigm of the dictionary: its own, or by its ending or without a prefix another's
    slot: _Slot  # where in a paradigm it stands
    base: str  # the word without a prefix that the paradigm has not
    how: tuple[Any, ...]  # who read the base, and other units of pymorphy2 with what each took off or compared
    asked: tuple[Any, ...] | None  # pymorphy2's own parse, where itself was asked

    @property
    def normal(self) -> str:
        """Its lemma."""
        return self.asked[2] if self.asked else _normal_of(self.word, self.slot, self.base)

    @property
    def raw(self) -> tuple[Any, ...]:
        """Its parse as pymorphy2 gives it."""
        if self.asked:
            return self.asked
        stack = ((self.how[0], self.base, self.slot.paradigm, self.slot.place), *self.how[1:])
        return self.word, self.slot.tag, self.normal, self.score, stack


_make_form = partial(tuple.__new__, Form)  # what Form._make does, with no step in Python

_Guess = tuple[str, _Slot, float, str, tuple[Any, ...]]  # word, slot, score, base and how of a form not ranked yet
_score_of = itemgetter(2)


def fold(word: str) -> str:
    """Lower-case, ё as е: the form in which words are compared."""
    return word.lower().replace("ё", "е")


def can_be_read(word: str) -> bool:
    """Tell whether pymorphy2 can be trusted with a word: not too long, and plain Unicode."""
    return len(word) <= LONGEST_WORD and word.count("-") <= MOST_HYPHENS and not _SURROGATE.search(word)


class _Parts:
    """pymorphy2's analyzer for those of its units that read a word by its parts: a part is read as any other word."""

    def __init__(self, analyzer: Any, parse: Callable[[str], list[tuple[Any, ...]]]) -> None:  # noqa: ANN401
        self._analyzer, self.parse = analyzer, parse

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self._analyzer, name)


class Morphology:
    """Lemmas of words, with and without context, and their other forms."""

    def __init__(self, frequent: Path | None = None) -> None:
        """Load the dictionary; `frequent` is a file of words and their lemmas, which then need not be looked up."""
        import natasha  # noqa: F401 (mends pymorphy2)
        import pymorphy2
        import pymorphy2_dicts_ru
        from natasha.morph import vocab

        self._analyzer = pymorphy2.MorphAnalyzer(path=pymorphy2_dicts_ru.get_path(), result_type=None)
        self._dictionary_unit = pymorphy2.units.DictionaryAnalyzer
        self._by_ending = pymorphy2.units.KnownSuffixAnalyzer
        self._by_prefix = pymorphy2.units.KnownPrefixAnalyzer, pymorphy2.units.UnknownPrefixAnalyzer
        self._known = self._analyzer.dictionary.words.similar_items  # a word to its spellings with ё and their places
        units = {type(unit): unit for unit, _ in self._analyzer._units}  # noqa: SLF001
        self._in_dictionary = units[self._dictionary_unit]
        self._as_known = (self._in_dictionary,)  # how a word is read that the dictionary has
        self._with_prefix = units[self._by_prefix[0]]
        self._without_prefix, self._like_others = units[self._by_prefix[1]], units[self._by_ending]
        same = units[pymorphy2.units.HyphenatedWordsAnalyzer]._CONSIDER_THE_SAME  # noqa: SLF001
        self._aligned = lru_cache(None)(lambda tag: frozenset(same.get(one, one) for one in tag.grammemes))
        parts = _Parts(self._analyzer, lambda word: [form.raw for form in self.forms(word)])
        by_parts = pymorphy2.units.HyphenSeparatedParticleAnalyzer, pymorphy2.units.HyphenatedWordsAnalyzer
        for kind in (*by_parts, self._by_prefix[0]):
            units[kind].morph = parts
        units[by_parts[1]]._align_lexeme_forms = self._align  # noqa: SLF001
        self._chances = self._analyzer.prob_estimator.p_t_given_w
        # Whether a corpus has counted a word at all; the reader in Python, without dawg2, cannot tell.
        self._is_counted = getattr(self._chances, "has_keys_with_prefix", lambda _: True)
        self._substitutes = self._analyzer.char_substitutes
        self._slot = lru_cache(None)(self._slot_of)  # as many as the paradigms of the dictionary have places
        self._nowhere = lru_cache(None)(lambda tag: _Slot(-1, 0, tag, str(tag), self._grammar(tag), False))  # noqa: FBT003
        self._target = lru_cache(None)(self._target_of)
        self._grammar = lru_cache(None)(_grammar_of)  # as many as the dictionary has tags: some 5,000
        self._pos_of, self._feats_of = vocab.ud_pos, vocab.ud_feats
        self.forms = lru_cache(REMEMBERED_WORDS)(self._forms)
        self._frequent = self._read_frequent(frequent) if frequent is not None else {}
        self._lemmas_of: Memo[str, tuple[str, ...]] = Memo(self._lemmas)
        self._universals: dict[str, tuple[str, dict[str, str]]] = {}  # as many as the dictionary has tags: some 5,000

    def forget(self) -> None:
        """Drop what is remembered of words."""
        self.forms.cache_clear()
        self._lemmas_of.clear()

    def _read_frequent(self, path: Path) -> Mapping[str, tuple[str, ...]]:
        with path.open(encoding="utf-8") as lines:
            if next(lines, "").removeprefix("# ").strip() != self.dictionary:
                return {}  # made with another edition of the dictionary
            return {word: tuple(lemmas) for word, *lemmas in (line.rstrip("\n").split("\t") for line in lines)}

    @property
    def dictionary(self) -> str:
        """Name the edition of the dictionary."""
        meta = self._analyzer.dictionary.meta
        return f"{meta['source']} {meta['source_version']} {meta['source_revision']}"

    def lemmas(self, folded: str) -> tuple[str, ...]:
        """Give the lemmas that a folded word may have, likeliest first."""
        return self._frequent.get(folded) or self._lemmas_of[folded]

    def _forms(self, folded: str) -> tuple[Form, ...]:
        if not can_be_read(folded):
            return ()
        found = self._plain(folded) if _PLAIN.fullmatch(folded) else []
        if found:
            return tuple(
                [
                    _make_form((word, slot.grammar, score, how is self._as_known, True, slot, base, how, None))
                    for word, slot, score, base, how in self._ranked(folded, found)
                ]
            )
        return tuple(map(self._taken, self._analyzer.parse(folded)))

    def _taken(self, asked: tuple[Any, ...]) -> Form:
        """Take a parse of pymorphy2 over."""
        word, tag, _, score, ((reader, base, *place), *others) = asked
        declined = isinstance(reader, self._dictionary_unit)
        slot = self._slot(*place) if declined else self._nowhere(tag)
        return Form(word, slot.grammar, score, declined and not others, declined, slot, base, (reader, *others), asked)

    # What pymorphy2 does with a plain word, without asking the units that have nothing to say of one and without
    # building each tag anew; a test holds it to pymorphy2's own answers.

    def _plain(self, word: str) -> list[_Guess]:
        """List the readings of a plain word in pymorphy2's order; empty where it has to be asked itself."""
        how = self._as_known
        found = [
            (known, self._slot(paradigm, index), 1.0, known, how)
            for known, places in self._known(word, self._substitutes)
            for paradigm, index in places
        ]
        if found:
            return found
        seen: set[tuple[str, int, int]] = set()
        prefixes = self._with_prefix.get_prefixes(word)
        rests = [
            (prefix, self.forms(word[len(prefix) :]))
            for prefix in sorted(prefixes, key=len, reverse=True)
            if len(word) - len(prefix) >= self._with_prefix.min_remainder_length
        ]
        if any(not form.declined for _, forms in rests for form in forms):
            return []
        return self._by_prefixes(rests, seen) or [*self._by_rest(word, seen), *self._by_end(word, seen)]

    def _by_prefixes(
        self, rests: Sequence[tuple[str, tuple[Form, ...]]], seen: set[tuple[str, int, int]]
    ) -> list[_Guess]:
        """Read a word as another one after a known prefix."""
        unit = self._with_prefix
        found = []
        for prefix, forms in rests:
            for form in forms:
                slot, whole = form.slot, prefix + form.word
                key = (whole, id(slot.grammar), slot.paradigm)
                if slot.productive and key not in seen:
                    seen.add(key)
                    how = (*form.how, (unit, prefix))
                    found.append((whole, slot, form.score * unit.score_multiplier, form.base, how))
        return found

    def _by_rest(self, word: str, seen: set[tuple[str, int, int]]) -> Iterator[_Guess]:
        """Read a word as a known one after an unknown prefix."""
        unit = self._without_prefix
        for cut in range(1, 1 + min(LONGEST_PREFIX, len(word) - SHORTEST_REST)):
            prefix = word[:cut]
            how = (unit.dict_analyzer, (unit, prefix))
            for known, places in self._known(word[cut:], self._substitutes):
                for paradigm, index in places:
                    slot, whole = self._slot(paradigm, index), prefix + known
                    key = (whole, id(slot.grammar), paradigm)
                    if slot.productive and key not in seen:
                        seen.add(key)
                        yield whole, slot, unit.score_multiplier, known, how

    def _by_end(self, word: str, seen: set[tuple[str, int, int]]) -> list[_Guess]:
        """Read a word as those are read that end alike."""
        unit = self._like_others
        if len(word) < unit.min_word_length:
            return []
        rows: list[tuple[int, int, str, _Slot, tuple[Any, ...]]] = []
        totals: dict[int, int] = {}
        for number, prefix in unit._paradigm_prefixes:  # noqa: SLF001
            if not word.startswith(prefix):
                continue
            endings = self._analyzer.dictionary.prediction_suffixes_dawgs[number].similar_items
            total = 1
            for size in unit._prediction_splits:  # noqa: SLF001
                for end, places in endings(word[-size:], self._substitutes):
                    whole, how = word[:-size] + end, (unit.fake_dict, (unit, end))
                    for count, paradigm, index in places:
                        slot = self._slot(paradigm, index)
                        if not slot.productive:
                            continue
                        total += count
                        key = (whole, id(slot.grammar), paradigm)
                        if key not in seen:
                            seen.add(key)
                            rows.append((count, number, whole, slot, how))
                if total > 1:
                    break
            totals[number] = total
        found = [
            (whole, slot, count / totals[number] * unit.score_multiplier, whole, how)
            for count, number, whole, slot, how in rows
        ]
        found.sort(key=_score_of, reverse=True)
        return found

    def _ranked(self, word: str, found: list[_Guess]) -> list[_Guess]:
        """Put guesses in order, likeliest first, with the chances of their tags where a corpus has counted them."""
        if len(found) == 1 and found[0][2] == 1.0:
            return found
        counted = self._by_chance(word, found)
        if counted:
            return counted
        share = 1.0 / sum(map(_score_of, found))
        return [(whole, slot, score * share, base, how) for whole, slot, score, base, how in found]

    def _by_chance(self, word: str, found: list[_Guess]) -> list[_Guess]:
        """Put guesses in order by the chances of their tags; empty where no corpus has counted the word."""
        if not self._is_counted(f"{word}:"):
            return []
        get, whole = self._chances.get, self._chances.MULTIPLIER  # what its method `prob` asks
        scores = [get(f"{word}:{slot.name}", 0) / whole for _, slot, *_ in found]
        if not sum(scores):
            return []
        counted = [(known, slot, score, *rest) for (known, slot, _, *rest), score in zip(found, scores, strict=True)]
        counted.sort(key=_score_of, reverse=True)
        return counted

    def _align(self, lefts: Sequence[tuple[Any, ...]], rights: Sequence[tuple[Any, ...]]) -> Iterator[tuple[Any, Any]]:
        """Give with each form of the second part of a word the form of the first that is most like it.

        pymorphy2 does so too, but makes the grammemes anew for every pair.
        """
        own = [(self._aligned(form[1]), form) for form in lefts]
        for right in rights:
            grammemes = self._aligned(right[1])
            yield min(own, key=lambda pair: len(pair[0] ^ grammemes))[1], right

    def _slot_of(self, paradigm: int, index: int) -> _Slot:
        dictionary = self._analyzer.dictionary
        rows = dictionary.paradigms[paradigm]
        size = len(rows) // 3
        tag = dictionary.gramtab[rows[size + index]]
        return _Slot(
            paradigm,
            index,
            tag,
            str(tag),
            self._grammar(tag),
            tag.is_productive(),
            dictionary.paradigm_prefixes[rows[2 * size + index]],
            dictionary.suffixes[rows[index]],
            dictionary.paradigm_prefixes[rows[2 * size]],
            dictionary.suffixes[rows[0]],
        )

    def _lemmas(self, folded: str) -> tuple[str, ...]:
        if not (_CYRILLIC.search(folded) and can_be_read(folded)):
            return (folded,)
        # Nine words of ten have one lemma in all their readings, and need no ranking of these.
        only = {
            fold(self._normal(word, paradigm, index))
            for word, places in self._known(folded, self._substitutes)
            for paradigm, index in places
        }
        if len(only) == 1:
            return tuple(only)
        guesses = self._plain(folded) if _PLAIN.fullmatch(folded) else []
        if guesses:
            ranked = self._by_chance(folded, guesses) or guesses
            return tuple(dict.fromkeys([fold(_normal_of(word, slot, base)) for word, slot, _, base, _ in ranked]))
        return tuple(dict.fromkeys([fold(form.normal) for form in self.forms(folded)])) or (folded,)

    def _normal(self, word: str, paradigm: int, index: int) -> str:
        if not index:
            return word
        slot = self._slot(paradigm, index)
        return slot.normal_prefix + word[len(slot.prefix) : len(word) - len(slot.suffix)] + slot.normal_suffix

    def lemma(self, word: str) -> str:
        """Give the likeliest lemma of a word out of context."""
        folded = fold(word)
        return (self._frequent.get(folded) or self._lemmas_of[folded])[0]

    def inflect(self, form: Form, *grammemes: str) -> str | None:
        """Give the form of a word with other grammemes of OpenCorpora ("nomn", "sing"), None if it has none."""
        if form.known:
            return self._inflect_known(form.word, form.slot, grammemes)
        if len(form.how) == 2 and form.declined:  # noqa: PLR2004 (a guess by one other)
            unit, part = form.how[1]
            if isinstance(unit, self._by_ending):
                return self._inflect_known(form.word, form.slot, grammemes)
            if isinstance(unit, self._by_prefix):
                found = self._inflect_known(form.word[len(part) :], form.slot, grammemes)
                return None if found is None else part + found
        found = self._analyzer._inflect(form.raw, set(grammemes))  # noqa: SLF001 (what its Parse.inflect calls)
        return found[0][0] if found else None

    def _inflect_known(self, word: str, here: _Slot, grammemes: tuple[str, ...]) -> str | None:
        target = self._target(here.paradigm, here.place, grammemes)
        if target is None:
            return None
        there = self._slot(here.paradigm, target)
        return there.prefix + word[len(here.prefix) : len(word) - len(here.suffix)] + there.suffix

    def _target_of(self, paradigm: int, index: int, grammemes: tuple[str, ...]) -> int | None:
        """Find the place of a paradigm that pymorphy2 inflects another place of it to."""
        slot = self._slot(paradigm, index)
        word = slot.prefix + slot.suffix  # any stem gives the same place; the empty one will do
        unit = self._analyzer._units[0][0]  # noqa: SLF001
        raw = (word, slot.tag, "", 1.0, ((unit, word, paradigm, index),))
        found = self._analyzer._inflect(raw, set(grammemes))  # noqa: SLF001
        return int(found[0][4][0][3]) if found else None

    def lemma_of(self, word: str, pos: str, feats: Mapping[str, str]) -> str:
        """Give the lemma of a word whose part of speech and features are known, as natasha does."""
        return self._lemma_in_context(fold(word), pos, feats)

    def _universal(self, slot: _Slot) -> tuple[str, dict[str, str]]:
        """Give part of speech and features of a place of a paradigm as natasha has them."""
        found = self._universals.get(slot.name)
        if found is None:
            found = self._universals[slot.name] = self._pos_of(slot.tag), dict(self._feats_of(slot.tag))
        return found

    def _lemma_in_context(self, folded: str, pos: str, feats: Mapping[str, str]) -> str:
        lemmas = self.lemmas(folded)
        if lemmas == (folded,):  # no reading has another, and without one the word is its own
            return folded
        like = _LIKE.get(pos, pos)
        compared = [(name, value) for name, value in feats.items() if name in _COMPARED]
        if len(lemmas) == 1:  # natasha takes it if one of the readings has anything in common with what is wanted
            for _, places in self._known(folded, self._substitutes) if can_be_read(folded) else ():
                for paradigm, index in places:
                    own_pos, own = self._universal(self._slot(paradigm, index))
                    if _LIKE.get(own_pos, own_pos) == like or any(own.get(name) == value for name, value in compared):
                        return lemmas[0]
        best, most = None, 0
        for form in self.forms(folded):
            own_pos, own = self._universal(form.slot)
            if own_pos == pos and own == feats:
                best = form
                break
            alike = (_LIKE.get(own_pos, own_pos) == like) + sum([own.get(name) == value for name, value in compared])
            if alike > most:
                best, most = form, alike
        return fold(best.normal) if best is not None else folded


def _normal_of(word: str, slot: _Slot, base: str) -> str:
    """Give the lemma of a reading, by its place in a paradigm."""
    if not slot.place:
        return word
    stem = base[len(slot.prefix) : len(base) - len(slot.suffix)]
    return word[: len(word) - len(base)] + slot.normal_prefix + stem + slot.normal_suffix


def _grammar_of(tag: Any) -> Grammar:  # noqa: ANN401 (pymorphy2 publishes no types)
    pos, case, gender, number = (str(value) if value else None for value in (tag.POS, tag.case, tag.gender, tag.number))
    grammemes = frozenset(tag.grammemes)
    return Grammar(pos, case, gender, number, grammemes, "sing" in grammemes and not _NAMES.isdisjoint(grammemes))


@cache
def shared_morphology() -> Morphology:
    """Give one dictionary for all who read a few words outside of an annotator."""
    return Morphology()
