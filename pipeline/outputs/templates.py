"""The only door to jinja2: the templates of this package, HTML always escaped, text never."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from pipeline.digest.russian import MONTHS, amount, bind, capital, counted, delta, percent, plural, quote

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

ESCAPED = ("html",)
_RANGE = re.compile(r"\d+–\d+(?:\xa0[а-яё]+)?")


def whole(text: str) -> Markup:
    """Keep ranges such as 12–13 on one line; a browser breaks them after the dash."""
    from markupsafe import Markup, escape

    return Markup(_RANGE.sub(r'<span class="n">\g<0></span>', str(escape(text))))  # noqa: S704 - escaped before


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
        "whole": whole,
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
