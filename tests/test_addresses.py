import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.addresses import canonical, hide_secrets, safe_url

ONE = "https://vestnik.example/news/1"


@pytest.mark.parametrize(
    "url",
    [
        "https://vestnik.example/news/1",
        "http://vestnik.example/news/1",
        "https://www.vestnik.example/news/1/",
        "https://m.vestnik.example/news/1",
        "https://VESTNIK.example:443/news//1#comments",
        "https://vestnik.example/news/1?utm_source=rss&utm_medium=feed",
        "https://vestnik.example/news/1?from=main&fbclid=x&yclid=1&rcmclid=2",
        "https://amp.vestnik.example/news/1",
        "https://vestnik.example/news/1/amp",
        "https://vestnik.example/news/1/amp/",
        "https://vestnik.example/amp/news/1",
        "https://vestnik.example/news/1?amp=1",
        "https://vestnik.example/news/1/index.html",
        "https://vestnik-example.cdn.ampproject.org/c/s/vestnik.example/news/1",
    ],
)
def test_copies_of_an_address_are_one(url):
    assert canonical(safe_url(url)) == ONE


@pytest.mark.parametrize(
    "url",
    [
        "https://vestnik.example/news/2",
        "https://vestnik.example/news/1?page=2",
        "https://kg.vestnik.example/news/1",
        "https://vestnik.example/News/1",
        "https://vestnik.example/news/1#!/2",
        "https://vestnik.example/?1",
        "https://vestnik.example/index.php?id=1",
    ],
)
def test_what_names_another_article_stays_apart(url):
    assert canonical(safe_url(url)) != ONE


def test_the_order_of_parameters_does_not_matter():
    assert canonical("https://v.example/?b=2&a=1") == canonical("https://v.example/?a=1&b=2")


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        (" https://vestnik.example/а б ", "https://vestnik.example/%D0%B0%D0%B1"),
        ("//vestnik.example/1", "https://vestnik.example/1"),
        ("/1", "https://base.example/1"),
        ("https://пример.рф/новости", "https://xn--e1afmkfd.xn--p1ai/%D0%BD%D0%BE%D0%B2%D0%BE%D1%81%D1%82%D0%B8"),
        ("https://vestnik.example/100%", "https://vestnik.example/100%25"),
        ("https://vestnik.example/%D0%B0", "https://vestnik.example/%D0%B0"),
        ("javascript:alert(1)", None),
        ("java\nscript:alert(1)", None),
        ("file:///etc/passwd", None),
        ("https://name:secret@vestnik.example/", None),
        ("http://[", None),
        ("http://vestnik.example:99999/", None),
        ("https://" + "a" * 5000, None),
        ("", None),
    ],
)
def test_addresses_are_made_safe_or_refused(url, safe):
    assert safe_url(url, "https://base.example/feed") == safe


@given(st.text(max_size=60))
def test_canonical_twice_is_canonical_once(text):
    url = safe_url(f"https://vestnik.example/{text}")
    if url is not None:
        assert safe_url(url) == url
        assert canonical(canonical(url)) == canonical(url)


def test_values_that_look_like_secrets_are_hidden_where_an_address_is_shown():
    said = "moved to https://v.example/rss?id=7&api_key=abc&access_token=x%20y#top (HTTP 301)"
    assert hide_secrets(said) == "moved to https://v.example/rss?id=7&api_key=…&access_token=…#top (HTTP 301)"
    assert hide_secrets("https://v.example/keys?page=2 token=abc") == "https://v.example/keys?page=2 token=abc"
