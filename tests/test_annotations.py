import gzip
import json
from pathlib import Path

import pytest

from pipeline.errors import ModelError
from pipeline.events.annotations import (
    annotated_articles,
    body_of,
    digest_of,
    most_articles,
    read_annotations,
)
from pipeline.records import AGREEMENT_KINDS, AGREEMENT_STATUSES, SUMMIT_KINDS, SUMMIT_STATUSES

CHECKOUT = Path(__file__).resolve().parent.parent
SHIPPED = CHECKOUT / "models" / "events" / "annotations"
SHARED = CHECKOUT.parent / "shared"
needs_shared = pytest.mark.skipif(not SHARED.exists(), reason="needs ../shared")
ARTICLE = {"id": "a-1", "published": "2023-05-01", "title": "Визит", "text": "Министр прибыл в Баку."}


def write(folder, annotations, articles):
    (folder / "annotations").mkdir()
    lines = "".join(json.dumps(annotation) + "\n" for annotation in annotations)
    (folder / "annotations" / "01.jsonl").write_text(lines)
    with gzip.open(folder / "c.jsonl.gz", "wt", encoding="utf-8") as out:
        out.writelines(json.dumps(article) + "\n" for article in articles)
    return folder / "annotations", folder


def annotation(article, **changes):
    return {"id": article["id"], "corpus": "c", "sha256": digest_of(article), "summits": [], "agreements": []} | changes


def test_labels_are_joined_with_their_article(tmp_path):
    event = {"triggers": [[15, 21]], "kind": "talks", "status": "ongoing"}
    places = write(tmp_path, [annotation(ARTICLE, summits=[event])], [ARTICLE | {"id": "other"}, ARTICLE])
    (joined,) = annotated_articles(*places)
    (start, stop), *_ = joined["summits"][0]["triggers"]
    assert body_of(joined)[start:stop] == "прибыл"


def test_every_so_manyth_article_of_a_corpus_is_left_out(tmp_path):
    articles = [ARTICLE | {"id": f"a-{number}"} for number in range(9)]
    articles[5] |= {"published": None}
    places = write(tmp_path, [annotation(articles[0])], articles)
    assert [article["id"] for article in most_articles(*places, 4)] == ["a-0", "a-1", "a-3", "a-4", "a-7", "a-8"]


def test_another_text_under_the_same_identifier_is_refused(tmp_path):
    places = write(tmp_path, [annotation(ARTICLE)], [ARTICLE | {"text": "Министр убыл."}])
    with pytest.raises(ModelError, match="a-1 is not the text"):
        list(annotated_articles(*places))


def test_an_article_that_the_corpus_lacks_is_named(tmp_path):
    places = write(tmp_path, [annotation(ARTICLE)], [])
    with pytest.raises(ModelError, match="has no article a-1"):
        list(annotated_articles(*places))


def test_an_article_annotated_twice_is_refused(tmp_path):
    folder, _ = write(tmp_path, [annotation(ARTICLE), annotation(ARTICLE)], [])
    with pytest.raises(ModelError, match=r"01.jsonl:2: .*twice"):
        read_annotations(folder)


def test_shipped_annotations_use_the_closed_lists_and_hold_no_text():
    for found in read_annotations(SHIPPED).values():
        assert set(found) == {"id", "corpus", "sha256", "summits", "agreements"}
        for event in found["summits"]:
            assert event["kind"] in SUMMIT_KINDS
            assert event["status"] in SUMMIT_STATUSES
        for event in found["agreements"]:
            assert event["kind"] in AGREEMENT_KINDS
            assert event["status"] in AGREEMENT_STATUSES
        for event in found["summits"] + found["agreements"]:
            assert event["triggers"] == sorted(event["triggers"])
            assert event["triggers"]
            assert all(len(str(value)) < 300 for value in event.values() if isinstance(value, str))


@pytest.mark.shared
@needs_shared
def test_shipped_annotations_fit_their_articles():
    known = read_annotations(SHIPPED)
    joined = list(annotated_articles(SHIPPED, SHARED / "corpora"))
    assert {article["id"] for article in joined} == set(known)
    for article in joined:
        text = body_of(article)
        for start, stop in (span for e in article["summits"] + article["agreements"] for span in e["triggers"]):
            assert text[start:stop].strip() == text[start:stop] != ""


@pytest.mark.shared
@needs_shared
def test_no_article_of_the_evaluation_set_is_annotated_again():
    lines = (SHARED / "eval" / "dev.jsonl").read_text(encoding="utf-8").splitlines()
    assert not {json.loads(line)["id"] for line in lines} & set(read_annotations(SHIPPED))
