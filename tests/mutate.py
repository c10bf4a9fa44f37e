"""Documents damaged by a seeded chance, as bad software and bad lines damage them."""

import random

TOKENS = (
    b"<", b">", b"&", b"]]>", b"<![CDATA[", b"<!--", b"-->", b"&#0;", b"&#xD800;", b"&#x110000;", b"&nbsp;", b"\x00",
    b"\xff", b"\xd0", b"</item>", b"<item>", b"</channel>", b"<rss>", b"<?xml", b'encoding="koi8-r"', b"=", b'"',
    b'encoding="undefined"', b"<!DOCTYPE x>", b"<!ENTITY a 'b'>", b"xmlns:y='z'", b"\xef\xbb\xbf", b"\xe2\x80\xa8",
    b"99999999999999999999",
)  # fmt: skip


def mutate(content, seed):
    """Damage a document: bytes changed, cut, doubled, moved, tokens thrown in."""
    chance = random.Random(seed)
    body = bytearray(content)
    for _ in range(chance.randint(1, 8)):
        place = chance.randrange(len(body) + 1)
        kind = chance.randrange(6)
        if kind == 0 and body:
            body[min(place, len(body) - 1)] = chance.randrange(256)
        elif kind == 1:
            body[place:place] = chance.choice(TOKENS) * chance.choice((1, 1, 2, 50))
        elif kind == 2:
            del body[place : place + chance.randint(1, 200)]
        elif kind == 3:
            part = body[place : place + chance.randint(1, 400)]
            body[place:place] = part * chance.choice((1, 3, 20))
        elif kind == 4 and chance.random() < 0.3:
            del body[place:]
        else:
            body[place : place + 1] = bytes(chance.randrange(256) for _ in range(chance.randint(1, 4)))
    return bytes(body)
