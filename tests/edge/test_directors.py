"""What the two directors make of what they see, without a network beyond one socket on loopback."""

import socket
import threading
from datetime import UTC, datetime

import pytest

from naru.edge.dns_director import DnsDirector, DnsMember
from naru.edge.gslb import SO_TIMESTAMPNS, STAMP, parsed_change, waited
from naru.edge.page_check import PageCheck
from naru.errors import OutsideDown
from naru.model.cloud import GslbRules

NOW = datetime(2026, 11, 23, 6, 32, 12, 387551, tzinfo=UTC)
DOWN = "<129>1 2026-11-23T06:32:12.386551+00:00 - haproxy 17900 - - Server clouds/naver is DOWN. 2 active and 0 backup servers left."
UP = "<133>1 2026-11-23T06:32:12.386551+00:00 - haproxy 17900 - - Server clouds/naver is UP. 3 active and 0 backup servers online."


@pytest.mark.parametrize(("line", "up"), [(DOWN, False), (UP, True), (DOWN.replace("is DOWN.", "is DOWN, reason: Layer7 timeout, check duration: 1001ms."), False)])
def test_a_state_change_is_read_with_the_directors_own_stamp_carried_over(line, up):
    event = parsed_change(line, 100.0, NOW)
    assert (event.cloud, event.up, event.director) == ("naver", up, "http")
    assert event.logged == pytest.approx(99.999)


@pytest.mark.parametrize("line", [
    "", "garbage", "<133>1 x - haproxy 1 - - Health check for server clouds/b failed, reason: Layer4 connection problem, status: 1/2 UP.",
    "<133>1 x - haproxy 1 - - backend clouds has no server available!",
])
def test_other_lines_are_no_state_change(line):
    assert parsed_change(line, 1.0, NOW) is None


def test_a_line_whose_stamp_cannot_be_read_still_counts_by_our_own():
    assert parsed_change(DOWN.replace("2026-11-23T06:32:12.386551+00:00", "-"), 5.0, NOW).logged is None


def test_a_message_that_lay_in_the_socket_is_stamped_by_the_kernel_and_not_by_when_we_came_to_it():
    came = NOW.timestamp() - 0.2
    note = STAMP.pack(int(came), round(came % 1 * 1e9))
    assert waited([(socket.SOL_SOCKET, SO_TIMESTAMPNS, note)], NOW) == pytest.approx(0.2, abs=1e-4)
    assert waited([], NOW) == 0.0
    assert waited([(socket.SOL_SOCKET, SO_TIMESTAMPNS, b"short")], NOW) == 0.0


class Server:
    def __init__(self):
        self.given, self.refuse = [], False

    def set_addresses(self, name, addresses, ttl):
        if self.refuse:
            raise OutsideDown("no")
        self.given.append((addresses, ttl))


def director(rules=None, clouds=("a", "b")):
    server = Server()
    members = [DnsMember(cloud, f"127.81.0.{number}", PageCheck("127.0.0.1", 1, "/"), rules or GslbRules()) for number, cloud in enumerate(clouds, 1)]
    return DnsDirector(server, "egov.test", members), members, server


def feed(found, member, faults):
    against = 0
    for fault in faults:
        against = found._count(member, fault, against)
    return against


def test_a_cloud_is_out_after_fall_bad_checks_in_a_row_and_in_after_rise_good_ones():
    found, members, server = director(GslbRules(fall=3, rise=2))
    feed(found, members[0], ["refused", "refused", "", "refused", "refused"])
    assert found.events() == []
    feed(found, members[0], ["refused", "refused", "refused"])
    assert [(event.cloud, event.up) for event in found.events()] == [("a", False)]
    assert server.given[-1] == (["127.81.0.2"], 5)
    feed(found, members[0], ["", ""])
    assert [(event.cloud, event.up) for event in found.events()] == [("a", False), ("a", True)]


def test_a_change_counts_only_when_the_server_took_it_and_is_tried_again():
    found, members, server = director(GslbRules(fall=2))
    server.refuse = True
    against = feed(found, members[0], ["refused", "refused"])
    assert found.events() == []
    assert found.states() == {"a": True, "b": True}
    server.refuse = False
    assert found._count(members[0], "refused", against) == 0
    assert found.states() == {"a": False, "b": True}


@pytest.mark.parametrize(("policy", "given"), [("closed", []), ("open", ["127.81.0.1", "127.81.0.2"])])
def test_with_every_cloud_lost_the_declared_answer_is_given(policy, given):
    found, members, server = director(GslbRules(fall=1, when_all_down=policy))
    for member in members:
        feed(found, member, ["refused"])
    assert server.given[-1][0] == given


@pytest.fixture
def page():
    """A page on loopback whose raw answer the test sets."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        answer = {"bytes": b""}

        def serve():
            while True:
                try:
                    client, _ = door.accept()
                except OSError:
                    return
                with client:
                    client.recv(4096)
                    if answer["bytes"] is not None:
                        client.sendall(answer["bytes"])
                    else:
                        client.settimeout(2)
                        client.recv(1)

        threading.Thread(target=serve, daemon=True).start()
        answer["port"] = door.getsockname()[1]
        yield answer
        door.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize(("raw", "marker", "fault"), [
    (b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nwell", "", ""),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nwell", "well", ""),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nwell", "page", "marker"),
    (b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n", "", "http-503"),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nwell", "", "empty"),
    (b"", "", "empty"),
    (b"SSH-2.0-x\r\n\r\n", "", "malformed"),
    (None, "", "timeout"),
])
def test_a_check_tells_what_was_wrong_with_the_page(page, raw, marker, fault):
    page["bytes"] = raw
    assert PageCheck("127.0.0.1", page["port"], "/health", marker).fault(0.2 if raw is None else 2.0) == fault


def test_a_refused_connection_is_told_and_a_mere_connection_satisfies_a_tcp_check(page):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = probe.getsockname()[1]
    assert PageCheck("127.0.0.1", free, "/").fault(1.0) == "refused"
    assert PageCheck("127.0.0.1", page["port"], "/", tcp_only=True).fault(1.0) == ""
