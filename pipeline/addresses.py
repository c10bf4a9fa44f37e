"""Addresses of the web: made safe to ask for, and made canonical so that one article has one address."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import parse_qsl, quote, unquote, urlencode, urljoin, urlsplit, urlunsplit

MAX_LENGTH = 4096
SAFE = "/:@!$&'()*+,;=~-._%"  # RFC 3986 pchar, with % for what is already escaped

# Parameters that name the way a reader came and never the article; seen in feeds and in the cleaners of
# miniflux and of the outlets' own robots.txt.
TRACKING_PREFIXES = ("utm_", "mtm_", "pk_", "piwik_", "hsa_", "at_", "ga_", "yrwinfo", "stm_")
TRACKING_NAMES = (
    "fbclid gclid gclsrc dclid msclkid yclid ysclid twclid igshid wbraid gbraid mc_cid mc_eid _openstat openstat "
    "rcmclid cmpid cmp ncid ref_src ref_url ocid xtor wt_mc smid sr_share share from_source mkt_tok oly_anon_id "
    "oly_enc_id vero_id _hsenc _hsmi rss rss_id feed_id spm from phpsessid jsessionid sid sessionid session_id"
)
TRACKING = frozenset(TRACKING_NAMES.split())
# Hosts of one outlet that serve the same article: the mobile and the AMP edition.
HOST_PREFIXES = ("www.", "m.", "mobile.", "amp.", "wap.")
AMP_CACHE = re.compile(r"^(?P<host>[a-z0-9-]+)\.cdn\.ampproject\.org$")
AMP_TAIL = re.compile(r"(?:/amp/?|/amp\.html|\.amp|(?<=/)amp/index\.html)$")
AMP_HEAD = re.compile(r"^/amp(?=/.)")
INDEX = re.compile(r"/index\.(?:html?|php)$")


SECRET = re.compile(
    r"(?P<name>[?&;][\w.-]{0,40}(?:token|key|secret|passw|auth|sig)[\w.-]{0,40}=)[^&;#\s\"'<>]+", re.IGNORECASE
)


def hide_secrets(text: str) -> str:
    """Take the values of parameters that look like secrets out of the addresses in a text that is shown."""
    return SECRET.sub(r"\g<name>…", text)


def safe_url(url: str, base: str = "") -> str | None:
    """Make an address from a document absolute and safe to ask for; None unless it is http or https with a host."""
    cleaned = re.sub(r"[\x00-\x20\x7f-\xa0\u200b\u2028\u2029\ufeff]+", "", url) if url else ""
    if not cleaned or len(cleaned) > MAX_LENGTH:
        return None
    try:
        parts = urlsplit(urljoin(base, cleaned) if base else cleaned)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host or parts.username is not None:
        return None
    host = _ascii_host(host)
    if host is None:
        return None
    netloc = host if port is None or port == _default_port(parts.scheme) else f"{host}:{port}"
    return urlunsplit(
        (
            parts.scheme,
            netloc,
            _quote(parts.path) or "/",
            _quote(parts.query, extra="?"),
            _quote(parts.fragment, extra="?"),
        ),
    )


def canonical(url: str, *, strip_query: bool = False) -> str:
    """Reduce a safe address to the form that all copies of an article's address share. Idempotent."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    path, query = parts.path, parts.query
    if match := AMP_CACHE.match(host):
        host, path = _from_cache(match["host"], path)
    port = f":{parts.port}" if parts.port and parts.port not in (80, 443) else ""
    path = _quote(unquote(path)) if "%" in path and _plain(path) else path
    path = AMP_TAIL.sub("", AMP_HEAD.sub("", path))
    if not query:  # "/index.php?id=5" and "/?id=5" may differ
        path = INDEX.sub("/", path)
    path = re.sub(r"/{2,}", "/", path).rstrip("/") or "/"
    kept = "" if strip_query else _kept(query)
    fragment = parts.fragment if parts.fragment.startswith("!") else ""
    return urlunsplit(("https", bare_host(host) + port, path, kept, fragment))


def bare_host(host: str) -> str:
    """Take the mobile, AMP or www prefix off a host name, where a name with a dot remains."""
    for prefix in HOST_PREFIXES:
        if host.startswith(prefix) and "." in host[len(prefix) :]:
            return bare_host(host[len(prefix) :])
    return host


def _kept(query: str) -> str:
    pairs = [
        (key, value)
        for key, value in parse_qsl(query, keep_blank_values=True)
        if key.lower() not in TRACKING
        and not key.lower().startswith(TRACKING_PREFIXES)
        and (key.lower(), value) not in {("amp", "1"), ("amp", ""), ("outputtype", "amp")}
    ]
    if pairs and all(value == "" for _, value in pairs) and "=" not in query:
        return query  # "?12345" names an article on some old sites; it is no list of parameters
    return urlencode(sorted(pairs))


def _from_cache(name: str, path: str) -> tuple[str, str]:
    """Undo the address of an AMP cache: /c/s/host/path or /v/s/host/path."""
    match = re.match(r"^/[cv]/(?:s/)?(?P<host>[^/]+)(?P<path>/.*)?$", path)
    if match:
        return match["host"].lower(), match["path"] or "/"
    return f"{name}.cdn.ampproject.org", path


def _plain(path: str) -> bool:
    """Tell whether unescaping a path and escaping it again keeps its meaning."""
    return not re.search(r"%(?:2f|3f|23|25|0[0-9a-f]|1[0-9a-f]|7f)", path, re.IGNORECASE)


def _quote(text: str, extra: str = "") -> str:
    quoted = quote(text, safe=SAFE + extra, errors="replace")
    return re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", quoted)


def _default_port(scheme: str) -> int:
    return 443 if scheme == "https" else 80


def _ascii_host(host: str) -> str | None:
    try:
        return str(ipaddress.ip_address(host)) if ":" not in host else f"[{ipaddress.ip_address(host)}]"
    except ValueError:
        pass
    if ":" in host:
        return None
    try:
        name = host.rstrip(".").encode("idna").decode("ascii").lower()
    except UnicodeError:
        name = host.lower().rstrip(".")
    return name if re.fullmatch(r"[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?", name) and len(name) <= 253 else None  # noqa: PLR2004 - RFC 1035
