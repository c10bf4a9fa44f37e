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


def nominative(token: Token, *, noun: Token | None = None) -> str:
    """Give a noun, or the adjective of a `noun`, in the nominative of its number; else the word as it stands.

    The gender is that of the dictionary: the tagger's is that of an ending, which genders share. An adjective whose
    case the tagger has missed stands in that of its noun.
    """
    form = _form(token, token) or (_form(token, noun) if noun else None)
    if form is None:
        return token.text
    owner = _form(noun, noun) if noun else None
    gender = owner.tag.gender if owner and form.tag.number == "sing" else None
    found = shared_morphology().inflect(form, *filter(None, ("nomn", form.tag.number, gender)))
    return _cased(found, token.text) if found else token.text


def _form(token: Token, like: Token) -> Form | None:
    """Find the reading of a word that its part of speech allows, in the case and number of `like`."""
    parts, cases = _PARTS.get(token.pos or "", ()), _CASES.get(like.feats.get("Case", ""), ())
    number = _NUMBERS.get(like.feats.get("Number", ""))
    for form in shared_morphology().forms(fold(token.text)):
        tag = form.tag
        if tag.pos in parts and tag.case in cases and tag.number == number and "Fixd" not in tag.grammemes:
            return form
    return None


def _cased(word: str, like: str) -> str:
    if like.isupper() and len(like) > 1:
        return word.upper()
    return word[:1].upper() + word[1:] if like[:1].isupper() else word
