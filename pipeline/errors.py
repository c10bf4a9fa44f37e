"""The errors that svodka raises on purpose.

    SvodkaError
    ├── UsageError        exit 2   wrong arguments
    ├── ConfigError       exit 2   feeds.yaml, subscribers or rules are wrong: file, line, what is allowed
    ├── ModelError        exit 2   a model is missing or does not fit its card
    ├── BusyError         exit 3   another run holds the lock
    └── StoreError        exit 4   the database or the disk refused

Expected trouble of one feed, page or line is no exception but a `records.Failure`: it is stored, counted and
reported, and the rest goes on. Whatever else is raised is a fault of the program.
"""

EXIT_DONE = 0
EXIT_LOOK = 1  # finished, but a person must look


class SvodkaError(Exception):
    """What went wrong, where, and what to do about it, in one sentence for a person."""

    exit_code = 1


class UsageError(SvodkaError):
    """The arguments of a command make no sense together."""

    exit_code = 2


class ConfigError(SvodkaError):
    """A file that a person edits is wrong; the message names file and line and what is allowed."""

    exit_code = 2


class ModelError(SvodkaError):
    """A model is missing, damaged or made for another version; the message says what to run."""

    exit_code = 2


class BusyError(SvodkaError):
    """Another run works on this database now."""

    exit_code = 3


class StoreError(SvodkaError):
    """SQLite or the disk refused; what was stored before is unharmed."""

    exit_code = 4
