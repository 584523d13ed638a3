"""One set of clouds for all kind tests, brought up by the same function that `./naru clouds up` calls."""

import pytest

from naru.commands.clouds_up import up
from naru.edge.console import Console


@pytest.fixture(scope="session", autouse=True)
def clouds():
    """All six clusters, healed before the first test; left up afterwards, as a person would find them."""
    return up([], None, Console())
