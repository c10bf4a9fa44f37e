"""The only door to jinja2: the templates of this package, HTML always escaped, text never."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from pipeline.digest.russian import MONTHS, amount, bind, capital, counted, delta, percent, plural, quote

if TYPE_CHECKING:
    from jinja2 import Environment

ESCAPED = ("html",)


@cache
def environment() -> Environment:
    """Make the environment that renders the package's templates; a misspelt name is an error."""
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

    found = Environment(
        loader=PackageLoader("pipeline.outputs", "templates"),
        autoescape=select_autoescape(ESCAPED, default=False, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    found.filters |= {
        "amount": amount,
        "bind": bind,
        "capital": capital,
        "quoted": quote,
    }
    found.globals |= {"counted": counted, "plural": plural, "delta": delta, "percent": percent, "MONTHS": MONTHS}
    return found


def render(name: str, **values: Any) -> str:  # noqa: ANN401 - whatever the template shows
    """Render a template of this package."""
    return environment().get_template(name).render(**values)


def source(name: str) -> str:
    """Give the text of a template as it stands, for style sheets."""
    loader = environment().loader
    assert loader is not None
    return loader.get_source(environment(), name)[0]
