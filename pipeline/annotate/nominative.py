"""The nominative of words that stand in another case, for phrases that are shown on their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.annotate.morphology import Form, fold, shared_morphology

if TYPE_CHECKING:
    from pipeline.records import Token

# Universal names of cases, numbers and genders, and what OpenCorpora calls them.
_CASES = {
    "Gen": ("gent", "gen2"),
    "Dat": ("datv",),
    "Acc": ("accs", "acc2"),
    "Ins": ("ablt",),
    "Loc": ("loct", "loc2"),
}
_NUMBERS = {"Sing": "sing", "Plur": "plur"}
_PARTS = {
    "NOUN": {"NOUN"},
    "PROPN": {"NOUN"},
    "ADJ": {"ADJF", "PRTF"},
    "DET": {"ADJF"},
    "VERB": {"ADJF", "PRTF"},  # participles
}


def nominative(token: Token, *, noun: Token | None = None, case: str | None = None) -> str:
    """Give a noun, or the adjective of a `noun`, in the nominative of its number; else the word as it stands.

    The gender is that of the dictionary: the tagger's is that of an ending, which genders share. An adjective whose
    case the tagger has missed stands in that of its noun. `case` is the one that the preposition before them asks for.
    """
    form = _read(token, noun, case)
    if form is None:
        return token.text
    owner = _read(noun, None, case) if noun else None
    gender = owner.tag.gender if owner and form.tag.number == "sing" else None
    found = shared_morphology().inflect(form, *filter(None, ("nomn", form.tag.number, gender)))
    return _cased(found, token.text) if found else token.text


def can_stand(token: Token, case: str) -> bool:
    """Tell whether a word, as it is written, can stand in a case ("Loc")."""
    return _form(token, case, None) is not None


def _read(token: Token, noun: Token | None, case: str | None) -> Form | None:
    """Find the reading of a word: in the case asked for, in the tagger's, in that of its noun, in any number."""
    likes = [token] if noun is None else [token, noun]
    wanted: list[tuple[str, str | None]] = [
        (like.feats.get("Case", ""), like.feats.get("Number", "")) for like in likes
    ]
    if case:
        wanted = [*((case, number) for _, number in wanted), *wanted, (case, None)]
    return next((form for like in wanted if (form := _form(token, *like))), None)


def _form(token: Token, case: str, number: str | None) -> Form | None:
    """Find the reading of a word that its part of speech allows, in a case and number; None for any number."""
    parts, cases = _PARTS.get(token.pos or "", ()), _CASES.get(case, ())
    for form in shared_morphology().forms(fold(token.text)):
        tag = form.tag
        fits = number is None or tag.number == _NUMBERS.get(number)
        if tag.pos in parts and tag.case in cases and fits and "Fixd" not in tag.grammemes:
            return form
    return None


def _cased(word: str, like: str) -> str:
    if like.isupper() and len(like) > 1:
        return word.upper()
    return word[:1].upper() + word[1:] if like[:1].isupper() else word
