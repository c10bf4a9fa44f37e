"""All SQL that the program itself needs: one SQLite file, opened, locked, written and asked here."""

from pipeline.store.database import Store, lock

__all__ = ["Store", "lock"]
