"""Agreements that amend, extend or carry out an earlier one: what their words say, what they have in common with it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipeline.gazetteer.treaties import treaty_of
from pipeline.resolve.words import STATE_STEMS, fold, stems, weigh

if TYPE_CHECKING:
    from pipeline.resolve.events import Change
    from pipeline.resolve.mentions import Mention

PAPER = r"(соглашени|договор|контракт|сделк|меморандум|протокол|конвенци|деклараци|программ)"
AMENDS = re.compile(  # over folded text
    rf"внес\w+ (\w+ )?(изменени|дополнени|поправ)|(изменени|дополнени|поправк)\w* (и дополнени\w+ )?(в|к)\b"
    rf"|дополнительн\w+ (соглашени|протокол)|протокол\w* к {PAPER}"
)
EXTENDS = re.compile(rf"продлени\w+ (действи\w+ |срок\w* )?(\w+ )?{PAPER}|^продлени\w+$")
CARRIES_OUT = re.compile(rf"\b(по|о|для|на) (реализаци|выполнени|исполнени)\w+ (\w+ ){{0,3}}{PAPER}|во исполнение")
FOLLOWING = 60  # characters after the words, in which a treaty may be named: "дополнительными протоколами Женевской …"
# Words of the change itself and of who makes it, which the changed agreement need not share.
APART = STATE_STEMS | frozenset(
    stems(
        "внесение внесении изменения изменений изменении дополнения дополнений дополнительное поправки поправок "
        "продление продлении соглашение соглашения соглашению договор договора договору контракт контракта протокол "
        "реализация реализации выполнение исполнение исполнении во между правительством правительствами республики "
        "республика федерации действия срока действующего"
    )
)


def change_of(mention: Mention) -> Change | None:
    """Tell whether an agreement, as an article words it, changes or carries out an earlier one."""
    subject, words = fold(mention.subject or ""), fold(mention.words)
    if AMENDS.search(subject) or EXTENDS.search(subject) or AMENDS.search(words):
        return "amends"
    return "carries_out" if CARRIES_OUT.search(subject) else None


def changed_treaty(mention: Mention) -> str | None:
    """Name the well-known treaty that an agreement says it changes."""
    at = mention.sentences.find(mention.words.split()[-1]) if mention.words else -1
    after = mention.sentences[at : at + FOLLOWING] if at >= 0 else ""
    treaty = treaty_of(f"{mention.subject or ''} {after}")
    return treaty.slug if treaty else None


def matter(text: str) -> dict[str, float]:
    """Weigh the stems of what an agreement is about, without who made it and whether it changes another."""
    return {name: weight for name, weight in weigh(stems(text)).items() if name not in APART}
