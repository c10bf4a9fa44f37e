"""What was worked out once for a word."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from pipeline.records import Token

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Self

REMEMBERED_WORDS = 50_000

# The start, the text and the lemma of a token, for `map`.
start_of = itemgetter(Token._fields.index("start"))
text_of = itemgetter(Token._fields.index("text"))
lemma_of = itemgetter(Token._fields.index("lemma"))


class Words(NamedTuple):
    """All tokens of the sentences of a document in order, and of each where it starts and what it is."""

    tokens: Sequence[Token]
    starts: Sequence[int]
    texts: Sequence[str]

    @classmethod
    def of(cls, tokens: Sequence[Token]) -> Self:
        """Make it of the tokens alone."""
        return cls(tokens, list(map(start_of, tokens)), list(map(text_of, tokens)))


Key = TypeVar("Key")
Value = TypeVar("Value")


class Memo(dict[Key, Value]):
    """The answers of a function, each asked for once; a dictionary, because a call would take several times as long."""

    def __init__(self, of: Callable[[Key], Value]) -> None:
        super().__init__()
        self._of = of

    def __missing__(self, key: Key) -> Value:
        if len(self) >= REMEMBERED_WORDS:
            self.clear()
        found = self[key] = self._of(key)
        return found
