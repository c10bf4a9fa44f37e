"""Render the weeks of the tests to a folder, to be looked at and measured.

.venv/bin/python benchmarks/letter_weeks.py FOLDER
"""

import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import weeks  # noqa: E402 - the tests' own writer of weeks

from pipeline.desk import DeskFile, Sender, Subscriber  # noqa: E402
from pipeline.digest.week import Week  # noqa: E402
from pipeline.mail import desk_of, digest_message, make_digest  # noqa: E402
from pipeline.outputs.letter import render_letter  # noqa: E402
from pipeline.outputs.page import render_page  # noqa: E402
from pipeline.store import Store  # noqa: E402
from pipeline.store.week import newest_article  # noqa: E402

SENDER = Sender(
    name="Сводка региональной дипломатии", address="d@desk.example", reply_to=None, bounces="b@desk.example"
)


def main():
    folder = Path(sys.argv[1])
    for name in ("ordinary", "empty", "crowded", "dead"):
        with tempfile.TemporaryDirectory() as scratch, Store.open(Path(scratch) / "news.db") as store:
            getattr(weeks, name)(store)
            week = Week.read(weeks.WEEK, "Asia/Tashkent")
            began = time.process_time()
            made = make_digest(store, week, now=weeks.NOW, last=newest_article(store), made_by="benchmark")
            composed = time.process_time()
            desk = desk_of(store, DeskFile())
            letter = render_letter(made, desk)
            rendered = time.process_time()
        message = digest_message(made, desk, DeskFile(sender=SENDER), Subscriber(address="a@example.org"), "token")
        place = folder / name
        place.mkdir(parents=True, exist_ok=True)
        (place / f"digest-{week.id}.html").write_text(letter.html, encoding="utf-8")
        (place / f"digest-{week.id}.txt").write_text(letter.text, encoding="utf-8")
        (place / f"page-{week.id}.html").write_text(render_page(made, desk), encoding="utf-8")
        print(
            f"{name}: HTML {len(letter.html.encode())} B, message {len(message)} B, "
            f"compose {1000 * (composed - began):.0f} ms, render {1000 * (rendered - composed):.0f} ms"
        )


if __name__ == "__main__":
    main()
