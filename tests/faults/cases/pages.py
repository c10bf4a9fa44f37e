"""H: pages of articles that hang an extractor, lead away, or are none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.faults.case import case
from tests.faults.cases.network import collect, outlet
from tests.test_pages import TEXT, page

if TYPE_CHECKING:
    from tests.faults.workshop import Workshop

TEASER = "Министры встретились и договорились о транзите."
ARTICLE = "".join(f"<p>{part}</p>" for part in TEXT.split("\n\n"))
REPEATED = (
    "<div>", "<p>", "<br>", "<b>", "<a href=x>", "<table><tr><td>", "<ul><li>", "<span>", "<blockquote>", "<iframe>",
    "<script>", "<style>", "<svg>", "<math>", "<noscript>", "<!--", "<![CDATA[", "&lt;", "&#", "<img src=x>", "<form>",
    "<select><option>", "<x-y>", "</p>", "</div>", "\x00", "\ufeff", "😀", "<p> </p>", "<h1>", "<article>", "\n", "ё",
)  # fmt: skip


def evil_pages() -> dict[str, bytes]:
    """Make the pages: each element a thousand to a hundred thousand times before, around and after the article."""
    made = {}
    for unit in REPEATED:
        for times in (300, 10_000, 100_000):
            if len(unit) * times < 1_500_000:
                made[f"{times:,} {unit!r} before it"] = page("Новость", TEXT).replace(
                    b"<body>", f"<body>{unit * times}".encode()
                )
    made |= {
        "100,000 attributes": f"<html><body><div {' '.join(f'a{n}=1' for n in range(100_000))}>{ARTICLE}</div></body></html>".encode(),
        "a million brackets of JSON-LD": f"<html><script type='application/ld+json'>{'[' * 1_000_000}</script>{ARTICLE}</html>".encode(),
        "4 MB": page("Новость", TEXT) + b" " * 4_000_000,
        "6 MB": page("Новость", TEXT) + b"x" * 6_000_000,
        "windows-1251 that says utf-8": f"<html><head><meta charset=utf-8></head><body>{ARTICLE}</body></html>".encode(
            "cp1251"
        ),
        "a bad byte": page("Новость", TEXT).replace(b"</body>", b"\xff</body>"),
        "no end": page("Новость", TEXT)[:-300],
        "empty": b"<html></html>",
    }
    return made


def read_pages(shop: Workshop, pages: dict, *, teaser: str = TEASER):
    """Collect articles whose feed has a teaser only, and their pages; answers home, run, and (how, text) of each."""
    with outlet() as running:
        feeds = {}
        names = list(pages)
        base = f"http://127.0.0.1:{running.server_port}"
        for block in range(0, len(names), 30):
            items = ""
            for number, name in enumerate(names[block : block + 30], start=block):
                content = pages[name]
                if not callable(content):
                    # One text for all would be taken for a wall.
                    content = content.replace(b". ", f", говорится в сообщении {number}. ".encode())
                running.documents[f"/page/{number}"] = content if callable(content) else as_page(content)
                items += f"<item><title>Новость {number}</title><link>{base}/page/{number}</link><description>{teaser} ({number})</description></item>"
            running.documents[f"/part/{block}"] = f"<rss><channel><title>В</title>{items}</channel></rss>".encode()
            feeds[f"good {block}"] = f"{base}/part/{block}"
        home = shop.reader(feeds, fulltext="page", body="lead")
        ended, _ = collect(shop, home, good=len(feeds))
    rows = shop.ask(home, "SELECT url, text_from, text FROM articles")
    found = {names[int(url.rpartition("/")[2])]: (how, text) for url, how, text in rows}
    assert len(found) == len(names), f"{len(found)} of {len(names)} articles"
    return home, ended, found


def as_page(content: bytes):
    return lambda handler: handler.answer(body=content, content_type="text/html; charset=utf-8")


@case(
    "H81",
    "pages of 33 elements repeated to 100,000, huge, cut, of another encoding; deep nesting (H82)",
    seconds=600,
    core=0,
)
def costly(shop: Workshop) -> str:
    pages = evil_pages()
    home, ended, found = read_pages(shop, pages)
    empty = [name for name, (_, text) in found.items() if not text.strip()]
    assert not empty, f"no text: {empty}"
    taken = sum(how == "page" for how, _ in found.values())
    whole = sum(TEXT[:60] in text for how, text in found.values() if how == "page")
    failed = dict(shop.ask(home, "SELECT coalesce(error_kind, outcome), count(*) FROM page_fetches GROUP BY 1"))
    untold = len(pages) - taken - sum(count for kind, count in failed.items() if kind != "ok")
    assert ended.peak < 1100, ended.peak
    return (
        f"{len(pages)} pages: {whole} read whole, {taken - whole} in part, {untold} too short and left to the teaser, "
        f"{failed}; {ended.cpu:.0f} s, {ended.peak} MiB"
    )


@case("H83", "pages that send elsewhere by meta, script, frame, base, object", core=0)
def elsewhere(shop: Workshop) -> str:
    with outlet() as running:
        target = f"http://127.0.0.2:{running.canary.server_port}/x"
        heads = (
            f"<meta http-equiv=refresh content='0;url={target}'>", f"<script>location='{target}'</script>",
            f"<iframe src='{target}'></iframe>", f"<base href='{target}'>", f"<object data='{target}'></object>",
            f"<link rel=canonical href='{target}'>", f"<img src='{target}'>", f"<frameset><frame src='{target}'></frameset>",
        )  # fmt: skip
        _, _, found = read_pages(
            shop, {head: f"<html><head>{head}</head><body>{ARTICLE}</body></html>".encode() for head in heads}
        )
        assert not running.canary.asked
    taken = sum(how == "page" for how, _ in found.values())
    return f"{len(heads)} not followed, the text of {taken} taken"


@case("H84", "what is no page: PDF, pictures, video without end, plain text; errors, redirects", core=1)
def no_pages(shop: Workshop) -> str:
    def video(handler):
        handler.send_response(200)
        handler.send_header("content-type", "video/mp4")
        handler.send_header("content-length", str(2 << 30))
        handler.end_headers()
        while True:
            handler.wfile.write(bytes(1 << 16))

    def kind(content: bytes, name: str, status: int = 200, **more):
        return lambda handler: handler.answer(status, content, content_type=name, **more)

    pages = {
        "PDF": kind(b"%PDF-1.7" + bytes(5000), "application/pdf"), "PDF that says HTML": kind(b"%PDF-1.7" + bytes(5000), "text/html"),
        "picture": kind(b"\x89PNG" + bytes(5000), "image/png"), "video": video, "text": kind(TEXT.encode(), "text/plain"),
        "JSON": kind(b"{}", "application/json"), "404 with a page": kind(page("Новость", TEXT), "text/html", 404),
        "500": kind(b"", "text/html", 500), "redirect to private": kind(b"", "text/html", 302, location="http://169.254.169.254/"),
        "no type": kind(page("Новость", TEXT), ""),
    }  # fmt: skip
    home, ended, found = read_pages(shop, pages)
    taken = [name for name, (how, _) in found.items() if how == "page"]
    assert set(taken) <= {"no type"}, taken
    assert all(TEASER in text for how, text in found.values() if how != "page")
    kinds = shop.ask(home, "SELECT DISTINCT error_kind FROM page_fetches WHERE error_kind IS NOT NULL")
    return f"{len(pages) - len(taken)} of {len(pages)} left to their teaser, told as {', '.join(sorted(kinds))}; {ended.peak} MiB"


@case("H85", "one wall before fifty articles", core=1)
def wall(shop: Workshop) -> str:
    text = "Чтобы читать дальше, оформите подписку на наше издание. " * 12
    _, _, found = read_pages(shop, {str(number): as_page(page("Подписка", text)) for number in range(50)})
    taken = sum(how == "page" for how, _ in found.values())
    assert taken <= 2, f"the wall was stored as the text of {taken} articles"
    return f"taken for a text {taken} time of 50, then known as a wall"
