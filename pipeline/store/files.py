"""Files that people and programs read while we write them anew."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pipeline.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def write_whole(target: Path, pieces: Iterable[bytes]) -> None:
    """Write a file that appears whole or not at all; what stood there stays until then. Raises StoreError."""
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            for piece in pieces:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    except OSError as error:
        raise StoreError(f"Cannot write {target}: {error.strerror}. What stood there was not touched.") from error
    finally:
        part.unlink(missing_ok=True)
