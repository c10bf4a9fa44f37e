"""The cases, a module a section; they stand in the order of their names."""

from tests.faults.case import CASES, Case, Skipped
from tests.faults.cases import (
    clock,
    concurrency,
    crash,
    documents,
    mail,
    meaning,
    models,
    network,
    operation,
    pages,
    queries,
    storage,
    texts,
)

SECTIONS = (
    crash, storage, concurrency, network, documents, meaning, texts, pages, mail, models, queries, clock, operation,
)  # fmt: skip
CASES.sort(key=lambda case: (case.name[0], int(case.name[1:])))

__all__ = ["CASES", "SECTIONS", "Case", "Skipped"]
