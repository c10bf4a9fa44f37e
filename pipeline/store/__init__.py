"""All SQL that the program itself needs: one SQLite file, opened, locked, written and asked here."""

from pipeline.store.database import Store, free_space, lock, refuse_full_disk

__all__ = ["Store", "free_space", "lock", "refuse_full_disk"]
