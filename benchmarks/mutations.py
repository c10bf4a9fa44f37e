"""Ten thousand damaged feed documents, none of which may raise or hang: prints what they came to.

.venv/bin/python benchmarks/mutations.py [COUNT]
"""

import sys
import time
import traceback
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from feedzoo import ZOO, fetched  # noqa: E402 - the path comes first

from pipeline.collect import read_document  # noqa: E402
from pipeline.records import Failure  # noqa: E402
from tests.mutate import mutate  # noqa: E402


def main(count):
    paths = [path for folder in ("ru", "nasty", "derived") for path in sorted((ZOO / folder).iterdir())]
    paths = [path for path in [*paths, *sorted((ROOT / "tests" / "feeds").iterdir())] if path.stat().st_size < 40_000]
    outcomes, slowest, raised = Counter(), (0.0, ""), 0
    for seed in range(count):
        path = paths[seed % len(paths)]
        body = mutate(path.read_bytes(), seed)
        given = fetched(path)
        started = time.process_time()
        try:
            found = read_document(
                type(given)(**{name: getattr(given, name) for name in given.__slots__} | {"body": body})
            )
            outcomes[found.kind if isinstance(found, Failure) else "read"] += 1
        except Exception:  # noqa: BLE001 - counting them is the point
            raised += 1
            print(path.name, seed)
            traceback.print_exc()
        slowest = max(slowest, (time.process_time() - started, f"{path.name} {seed}"))
    print(f"{count} documents from {len(paths)}: raised {raised}, slowest {slowest[0]:.2f} s ({slowest[1]})")
    print(dict(outcomes))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
