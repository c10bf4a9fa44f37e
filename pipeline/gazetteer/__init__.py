"""Who is who: states, groups of states, international organisations, offices and who held them when.

The data are YAML files in models/gazetteer/, written for a person to edit; every scalar is read as text, so that
`NO` is Norway. Nothing here knows Russian morphology: names are in the nominative, and `pipeline.annotate` finds
their other forms.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FILES = ("states", "regions", "groups", "organizations", "companies", "offices", "people")


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A state; `names[0]` is the usual one. A name with `=` before it is matched letter for letter."""

    code: str
    names: tuple[str, ...]
    adjectives: tuple[str, ...]
    prefixes: tuple[str, ...]
    people: tuple[str, ...]
    capitals: tuple[str, ...]
    metonyms: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A group of states; `region` names count only after a head word such as "страны"."""

    key: str
    name: str
    region: tuple[str, ...]
    adjectives: tuple[str, ...]
    names: tuple[str, ...]
    states: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """A state's time in an organisation; ISO dates, empty where open."""

    state: str
    since: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """An international organisation."""

    key: str
    names: tuple[str, ...]
    since: str
    until: str
    members: tuple[Membership, ...]
    expands: bool = False  # its name stands for its members

    def members_on(self, day: str) -> tuple[str, ...]:
        """List the states that were members on an ISO day, sorted."""
        return tuple(sorted(one.state for one in self.members if _covers(one.since, one.until, day)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """An office and the noun phrases that name it."""

    key: str
    words: tuple[str, ...]
    of: str  # state or organization
    rank: str  # head_of_state, head_of_government or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One person's time in one office; ISO dates, `until` empty for who holds it now."""

    person: str
    state: str
    office: str
    since: str
    until: str


def _covers(since: str, until: str, day: str) -> bool:
    return (not since or since <= day) and (not until or day[: len(until)] <= until)


def covers(term: Term, day: str) -> bool:
    """Tell whether a term of office covers an ISO day."""
    return _covers(term.since, term.until, day)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gazetteer:
    """All of it. `heads` are the words that turn a region into its states."""

    states: Mapping[str, State]
    groups: tuple[Group, ...]
    heads: tuple[str, ...]
    organizations: Mapping[str, Organization]
    offices: tuple[Office, ...]
    terms: tuple[Term, ...]
    spellings: Mapping[str, tuple[str, ...]]
    family_first: frozenset[str]
    regions: Mapping[str, tuple[str, ...]]  # state: names of its regions
    companies: Mapping[str, tuple[str, ...]]  # state: names of companies that stand for it

    @classmethod
    def load(cls, folder: Path) -> Gazetteer:
        """Read the YAML files of a folder; ConfigError names the file and the entry that is wrong."""
        raw = {name: _read(folder / f"{name}.yaml") for name in FILES}
        states = {code: _state(code, found) for code, found in raw["states"].items()}
        gazetteer = cls(
            states=states,
            groups=tuple(_group(key, found) for key, found in raw["groups"]["groups"].items()),
            heads=tuple(raw["groups"]["heads"]),
            organizations={key: _organization(key, found) for key, found in raw["organizations"].items()},
            offices=tuple(_office(key, found) for key, found in raw["offices"].items()),
            terms=tuple(_term(found) for found in raw["people"]["terms"]),
            spellings={name: tuple(found) for name, found in raw["people"]["spellings"].items()},
            family_first=frozenset(raw["people"]["family_first"]),
            regions={code: tuple(names) for code, names in raw["regions"].items()},
            companies={code: tuple(names) for code, names in raw["companies"].items()},
        )
        gazetteer.check(folder)
        return gazetteer

    def check(self, folder: Path) -> None:
        """Raise ConfigError where an entry names a state or an office that is not there."""
        codes, offices = set(self.states), {office.key for office in self.offices}
        for group in self.groups:
            _known(folder / "groups.yaml", group.key, group.states, codes)
        for body in self.organizations.values():
            _known(folder / "organizations.yaml", body.key, [one.state for one in body.members], codes)
        _known(folder / "regions.yaml", "the file", list(self.regions), codes)
        _known(folder / "companies.yaml", "the file", list(self.companies), codes)
        bodies = set(self.organizations)
        for term in self.terms:
            _known(folder / "people.yaml", term.person, [term.state], codes | bodies)
            _known(folder / "people.yaml", term.person, [term.office], offices)

    def people(self) -> Mapping[str, tuple[Term, ...]]:
        """Give the terms of office of each person, in the order of the file."""
        found: dict[str, list[Term]] = {}
        for term in self.terms:
            found.setdefault(term.person, []).append(term)
        return {person: tuple(terms) for person, terms in found.items()}

    def holders(self, office: str, state: str, day: str) -> tuple[str, ...]:
        """Name who held an office of a state on an ISO day."""
        return tuple(
            term.person
            for term in self.terms
            if term.office == office and term.state == state and _covers(term.since, term.until, day)
        )


def _known(path: Path, entry: str, used: list[str] | tuple[str, ...], allowed: set[str]) -> None:
    strange = sorted(set(used) - allowed)
    if strange:
        raise ConfigError(f"{path}: {entry} names {', '.join(strange)}, which no file of the gazetteer declares")


def _read(path: Path) -> Any:  # noqa: ANN401 (what a file of that name holds)
    import yaml

    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    try:
        with path.open("rb") as file:
            return yaml.load(file, Loader=loader)  # noqa: S506 (BaseLoader makes only strings, lists and dicts)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); restore it from the distribution") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: {' '.join(str(error).split())}") from error


def short_names(folder: Path) -> dict[str, str]:
    """Read the name of each state that readers see, by its code."""
    return {code: found["name"].removeprefix("=") for code, found in _read(folder / "states.yaml").items()}


def _words(found: Mapping[str, Any], key: str) -> tuple[str, ...]:
    return tuple(found.get(key) or ())


def _state(code: str, found: Mapping[str, Any]) -> State:
    return State(
        code=code,
        names=(found["name"], *_words(found, "also")),
        adjectives=_words(found, "adjective"),
        prefixes=_words(found, "prefix"),
        people=_words(found, "people"),
        capitals=_words(found, "capital"),
        metonyms=_words(found, "metonyms"),
    )


def _group(key: str, found: Mapping[str, Any]) -> Group:
    return Group(
        key=key,
        name=found["name"],
        region=_words(found, "region"),
        adjectives=_words(found, "adjective"),
        names=_words(found, "names"),
        states=_words(found, "states"),
    )


def _organization(key: str, found: Mapping[str, Any]) -> Organization:
    return Organization(
        key=key,
        names=(found["name"], *_words(found, "also")),
        since=found.get("since", ""),
        until=found.get("until", ""),
        members=tuple(_membership(text) for text in found.get("members") or ()),
        expands=found.get("expands") == "yes",
    )


def _membership(text: str) -> Membership:
    code, _, dates = text.partition(" ")
    since, _, until = dates.partition("..")
    return Membership(state=code, since=since, until=until)


def _office(key: str, found: Mapping[str, Any]) -> Office:
    return Office(key=key, words=_words(found, "words"), of=found.get("of", "state"), rank=found.get("rank", ""))


def _term(found: list[str]) -> Term:
    person, state, office, since, *until = found
    return Term(person=person, state=state, office=office, since=since, until=until[0] if until else "")
