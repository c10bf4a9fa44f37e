"""The feed zoo and the real pages beside the checkout: no file may be read worse than it was."""

import importlib.util
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
BENCHMARKS = ROOT / "benchmarks"
ZOO = ROOT.parent / "shared" / "feedzoo"
pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not ZOO.exists(), reason="needs ../shared"),
    pytest.mark.filterwarnings("ignore"),  # feedparser's own, in the comparison with it
]


def benchmark(name):
    spec = importlib.util.spec_from_file_location(f"benchmark_{name}", BENCHMARKS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_every_document_is_read_no_worse_than_by_the_best_of_three_parsers_or_it_is_explained():
    zoo = benchmark("feedzoo")
    three = zoo.others()
    worse = []
    for folder in ("ru", "nasty"):
        for path in sorted((ZOO / folder).iterdir()):
            cells, _ = zoo.row(path, three.get(path.name), compare=False)
            if cells[-1] in ("WORSE", "worse") or "GARBLED" in cells[4]:
                worse.append(path.name)
    assert worse == []


def test_every_trap_of_the_derived_documents_is_passed():
    zoo = benchmark("feedzoo")
    for path in sorted((ZOO / "derived").iterdir()):
        assert zoo.DERIVED[path.name](zoo.read_document(zoo.fetched(path)).articles), path.name


def test_texts_of_pages_are_extracted_no_worse_than_by_the_best_extractor():
    _, news, every = benchmark("pages").measure()
    assert news >= 0.985
    assert every >= 0.989
