"""Tiers, the shared machine of the tests, and the rule that nothing is skipped in CI."""

import os
import socket
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FAST = {"core", "steps", "edge", "scripts", "test_layers.py"}


def pytest_addoption(parser):
    parser.addoption("--nightly", action="store_true", help="also the whole matrices and production timing (hours)")


def pytest_configure(config):
    # Releases, repositories and namespaces of the tests are their own; the clusters and the build caches are shared.
    os.environ.setdefault("NARU_SANDBOX", "tests")
    sys.path.insert(0, str(ROOT / "scripts"))


def pytest_collection_modifyitems(config, items):
    if not config.getoption("--nightly"):
        items[:] = [item for item in items if item.get_closest_marker("nightly") is None]
    for item in items:
        tier = Path(item.path).relative_to(ROOT / "tests").parts[0]
        if tier not in FAST:
            item.add_marker(getattr(pytest.mark, tier))


@pytest.fixture(autouse=True)
def no_network_in_fast_tests(request, monkeypatch):
    """A fast test that opens a connection beyond loopback fails instead of depending on the machine."""
    tier = Path(request.node.path).relative_to(ROOT / "tests").parts[0]
    if tier not in FAST:
        return
    connect = socket.socket.connect

    def guarded(self, address):
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a fast test connects to {address[0]}")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


def pytest_sessionfinish(session, exitstatus):
    reporter = session.config.pluginmanager.getplugin("terminalreporter")
    if os.environ.get("CI") != "true" or reporter is None:
        return
    silent = sum(len(reporter.stats.get(kind, [])) for kind in ("skipped", "xfailed", "xpassed", "deselected"))
    if silent and exitstatus == 0:
        reporter.write_line(f"CI: {silent} tests were skipped, expected to fail or deselected; that is not allowed here", red=True)
        session.exitstatus = 1
