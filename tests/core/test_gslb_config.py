"""HAProxy configuration from cloud.yaml's rules."""

import pytest

from naru.core.gslb_config import GslbMember, GslbPlace, gslb_config, quoted
from naru.errors import Missing
from naru.model.cloud import GslbRules

PLACE = GslbPlace("127.0.0.1", 18000, "127.0.0.1:5000", "/x/admin")


def member(cloud="naver", number=1, path="/health", marker="", **rules):
    return GslbMember(cloud, "127.0.0.1", 18081, GslbRules(**rules), path, marker, "egov", f"127.81.0.{number}")


def text(*members):
    return gslb_config(members or (member(),), PLACE)


def test_each_cloud_is_checked_by_its_own_interval_fall_rise_and_weight():
    found = text(member("naver", weight=50, interval_seconds=2, fall=3, rise=4), member("ktcloud", 2))
    assert "server naver 127.0.0.1:18081 weight 50 check inter 2000ms fall 3 rise 4" in found
    assert "server ktcloud 127.0.0.1:18081 weight 100 check inter 1000ms fall 2 rise 2" in found


def test_only_safe_methods_are_sent_a_second_time():
    found = text()
    assert "option redispatch 1" in found
    assert "retry-on conn-failure empty-response" in found
    assert "http-request disable-l7-retry unless METH_GET or METH_HEAD or METH_OPTIONS" in found


def test_the_log_has_microseconds_and_goes_where_it_is_stamped():
    assert "log 127.0.0.1:5000 len 2048 format rfc5424 local0" in text()


def test_a_marker_is_looked_for_on_the_page():
    assert "http-check expect string '민원 서비스'" in text(member(path="/", marker="민원 서비스"))
    assert "uri / ver HTTP/1.1 hdr Host egov" in text(member(path="/", marker="민원 서비스"))


def test_a_site_without_a_check_never_takes_a_cloud_out():
    found = text(member(check="none"))
    assert " check " not in found
    assert "httpchk" not in found


def test_a_site_that_only_opens_connections_asks_no_page():
    found = text(member(check="tcp"))
    assert "check inter" in found
    assert "httpchk" not in found


def test_sticky_clients_are_kept_where_their_cookie_says():
    found = text(member(sticky=True))
    assert "cookie NARU_CLOUD insert indirect nocache" in found
    assert "option persist" in found
    assert "cookie naver" in found


def test_each_cloud_has_a_door_of_its_own_for_dns_mode_with_no_second_try():
    found = text(member(number=7))
    door = found[found.index("listen door-naver"):]
    assert "bind 127.81.0.7:18000" in door
    assert "retries 0" in door


def test_clouds_that_ask_for_different_checks_are_refused_with_what_to_do():
    with pytest.raises(Missing, match="one load balancer has one") as caught:
        text(member(), member("ktcloud", 2, path="/other"))
    assert "same check" in caught.value.hint


@pytest.mark.parametrize(("plain", "expected"), [("a b", "'a b'"), ("don't", "'don'\"'\"'t'"), ("", "")])
def test_text_is_quoted_so_that_haproxy_takes_every_byte_as_it_is(plain, expected):
    assert quoted(plain) == expected
