"""The APM's list as a store of numbered writes, over real HTTP on loopback."""

import json

import pytest

from fakes.http_target import HttpTarget
from naru.edge.apm_stores import ApmStores
from naru.errors import OutsideDown


def answer(body):
    data = body.encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(data)}\r\nConnection: close\r\n\r\n".encode()
    return lambda _path, _number: (0, head + data, True)


def entry(app, cloud, version):
    return {"app": app, "cloud": cloud, "pod": "p", "version": version, "last_seen": "2026-11-23T06:00:00Z"}


def test_the_writes_of_drills_are_found_among_the_instances():
    listed = [entry("egov", "naver", "8.9"), entry("naru-writer", "naver", "0512-18"), entry("naru-writer", "naver", "0512-17")]
    with HttpTarget(answer(json.dumps(listed))) as target:
        assert ApmStores({"naver": target.port}).writes("naver") == ("naver:0512-17", "naver:0512-18")
        assert target.paths == ["/api/instances"]


@pytest.mark.parametrize("body", ['{"error": "x"}', "<html>"])
def test_a_store_that_gives_no_list_is_an_outage_that_names_the_cloud(body):
    with HttpTarget(answer(body)) as target, pytest.raises(OutsideDown, match="The store of naver gave no list"):
        ApmStores({"naver": target.port}).writes("naver")
