"""Moments as the database writes them: UTC, to the second, "2025-11-13T06:20:00Z"."""

from __future__ import annotations

from datetime import UTC, datetime


def write_moment(moment: datetime) -> str:
    """Write an aware moment as the database keeps it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_moment(text: str) -> datetime:
    """Read a moment that the database keeps."""
    return datetime.fromisoformat(text).astimezone(UTC)
