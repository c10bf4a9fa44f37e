"""The site over the database, on this machine alone unless told otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pipeline.progress import say

if TYPE_CHECKING:
    from pipeline.settings import Settings


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8420, show_default=True, type=click.IntRange(0, 65535))
@click.option("--base-path", default="", metavar="/svodka", help="Path under which a proxy shows the site.")
@click.pass_obj
def serve(settings: Settings, host: str, port: int, base_path: str) -> None:
    """Browse the database in a web browser, in Russian; nothing can be changed there.

    The site listens on this machine alone. To show it to others put a proxy with a password in front of it;
    docs/pages.md has one for nginx.
    """
    import uvicorn

    from pipeline.desk import read_desk
    from pipeline.store import Store
    from pipeline.web.app import make_app

    with Store.read(settings.db):
        pass  # say now, not at the first visit, that there is no database
    desk = read_desk(settings)
    app = make_app(settings.db, clock=settings.clock, base=base_path, desk=desk)
    say(f"http://{host}:{port}{base_path or '/'}  (Ctrl+C stops)")
    uvicorn.run(app, host=host, port=port, log_level="warning", server_header=False, proxy_headers=False)
