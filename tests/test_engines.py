"""Every engine gives what this process alone gives, also when a worker dies in the middle."""

import os
import signal

import pytest

from pipeline.engines import understanding
from pipeline.records import Document
from pipeline.settings import CHECKOUT
from tests.demo.outlets import read_outlets

ROUNDS = 12  # times the sample articles, so that several batches are under way


def documents():
    articles = [article for outlet in read_outlets() for article in outlet["articles"]]
    return [
        Document(id=f"{turn}-{number}", url=None, published=str(one["at"])[:10], title=one["title"], text=one["text"])
        for turn in range(ROUNDS)
        for number, one in enumerate(articles)
    ]


@pytest.fixture(scope="module")
def alone():
    with understanding("local", CHECKOUT) as understand:
        return list(understand(documents()))


@pytest.mark.slow
def test_two_processes_give_the_same(alone):
    with understanding("local", CHECKOUT, workers=2) as understand:
        assert list(understand(documents())) == alone


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # the cluster warns of the worker that is killed here
def test_a_cluster_gives_the_same_though_a_worker_is_killed(alone):
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        with distributed.Client(cluster) as client:
            processes = list(client.run(os.getpid).values())
        with understanding("dask", CHECKOUT, cluster=cluster.scheduler_address) as understand:
            answers = understand(documents())
            first = next(answers)
            os.kill(processes[0], signal.SIGKILL)
            assert [first, *answers] == alone
