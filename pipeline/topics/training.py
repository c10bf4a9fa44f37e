"""The labelled articles that the model learned from: identifiers, labels and word counts, no texts."""

from __future__ import annotations

import hashlib
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from pipeline.errors import ModelError
from pipeline.topics.words import Bags

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from pipeline.topics.learn import Labels, Rows

UNJUDGED = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """N labelled articles. Rows are in the order in which they were added."""

    topics: tuple[str, ...]
    keys: tuple[str, ...]  # the article's address, or its identifier in a corpus
    sources: tuple[str, ...]  # the outlet
    groups: tuple[str, ...]  # which labelling an article came with; figures are told for each
    labels: Labels  # N × T: 1 has the topic, 0 has it not, -1 nobody judged
    bags: Bags

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def digest(self) -> str:
        """Name this set of labels: another one for other articles or labels."""
        told = "\n".join(
            f"{key} {' '.join(map(str, row))}" for key, row in sorted(zip(self.keys, self.labels.tolist(), strict=True))
        )
        return hashlib.sha256(f"{self.topics} {told}".encode()).hexdigest()

    def write(self, path: Path) -> None:
        """Write training.npz: plain arrays."""
        found = self.bags.sentences
        np.savez_compressed(
            path,
            topics=np.array(self.topics),
            keys=np.array(self.keys),
            sources=np.array(self.sources),
            groups=np.array(self.groups),
            labels=self.labels,
            counts=np.minimum(found.data, 255).astype(np.uint8),
            columns=found.indices.astype(np.uint16 if found.shape[1] < 1 << 16 else np.int32),
            stops=found.indptr.astype(np.int32),
            lengths=self.bags.sentence_lengths.astype(np.int32),
            ends=self.bags.ends.astype(np.int32),
        )

    @classmethod
    def read(cls, path: Path, size: int) -> Training:
        """Read training.npz over a vocabulary of `size` words; ModelError when it is missing or damaged."""
        try:
            with np.load(path, allow_pickle=False) as found:
                counts = sparse.csr_array(
                    (found["counts"].astype(np.int64), found["columns"].astype(np.int64), found["stops"]),
                    shape=(len(found["lengths"]), size),
                )
                counts.check_format(full_check=True)  # scipy would write outside its memory
                return cls(
                    topics=tuple(map(str, found["topics"])),
                    keys=tuple(map(str, found["keys"])),
                    sources=tuple(map(str, found["sources"])),
                    groups=tuple(map(str, found["groups"])),
                    labels=found["labels"],
                    bags=Bags.join(counts, found["lengths"].astype(np.int64), found["ends"].astype(np.int64)),
                )
        except FileNotFoundError:
            raise ModelError(f"There is no {path}, from which the topics learn. Restore it.") from None
        except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
            raise ModelError(f"{path} is damaged ({error}). Restore it from the distribution.") from None

    def for_topics(self, names: Sequence[str]) -> Training:
        """Give the same articles with labels for these topics, in this order; what was never judged stays so."""
        labels = np.full((len(self), len(names)), UNJUDGED, np.int8)
        for column, name in enumerate(names):
            if name in self.topics:
                labels[:, column] = self.labels[:, self.topics.index(name)]
        return Training(
            topics=tuple(names),
            keys=self.keys,
            sources=self.sources,
            groups=self.groups,
            labels=labels,
            bags=self.bags,
        )

    def take(self, rows: Rows | NDArray[np.bool_]) -> Training:
        """Give some of the articles."""
        wanted = np.flatnonzero(rows) if rows.dtype == bool else rows.astype(np.int64)
        return Training(
            topics=self.topics,
            keys=tuple(self.keys[row] for row in wanted),
            sources=tuple(self.sources[row] for row in wanted),
            groups=tuple(self.groups[row] for row in wanted),
            labels=self.labels[wanted],
            bags=self.bags.take(wanted),
        )

    def joined(self, others: Training) -> Training:
        """Give these articles and others after them; both must be over the same topics."""
        assert self.topics == others.topics
        return Training(
            topics=self.topics,
            keys=self.keys + others.keys,
            sources=self.sources + others.sources,
            groups=self.groups + others.groups,
            labels=np.concatenate([self.labels, others.labels]),
            bags=self.bags.joined(others.bags),
        )
