"""One set of clouds for all kind tests, brought up by the same function that `./naru clouds up` calls."""

import pytest

from kind_main_job import TRIES, Job
from naru.commands.clouds_up import up
from naru.edge.console import Console


@pytest.fixture(scope="session", autouse=True)
def clouds():
    """All six clusters, healed before the first test; left up afterwards, as a person would find them."""
    return up([], None, Console())


@pytest.fixture(scope="session")
def job(tmp_path_factory, clouds):
    """The main job, gone through once for all tests that look at what it left."""
    job = Job(tmp_path_factory.mktemp("work"))
    code = job.run()
    for _again in range(TRIES - 1):
        if code and job.inconclusive():
            code = job.run()
    assert code == 0, {name: time.sentence for name, time in job.times().items() if time.exit_code}
    return job
