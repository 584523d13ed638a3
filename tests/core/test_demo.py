"""The demo's own decisions."""

from pathlib import Path

import pytest

from naru.core.demo import BREAK_WITH, broken_source, traffic_sentence
from naru.errors import Missing
from naru.model.load import Row

ENTRY = Path(__file__).resolve().parents[2] / "samples/khan-monitoring/src/egov/src/main/java/kr/khan/egov/Main.java"


def row(status, version="1", error=""):
    return Row("l", 1, 0.0, 0.0, 0.1, status, error, "naver", "p", version, False)


def test_the_sample_is_broken_once_and_a_second_time_changes_nothing():
    text = ENTRY.read_text()
    once = broken_source(text)
    assert once.count(BREAK_WITH.strip()) == 1
    assert broken_source(once) == once
    assert once.replace(BREAK_WITH, "") == text


def test_an_entry_of_another_form_is_not_guessed_at():
    with pytest.raises(Missing, match="not of the known form"):
        broken_source("class Other {}")


def test_lost_requests_are_counted_and_versions_named():
    lost, sentence = traffic_sentence([row(200), row(200, "2"), row(0, "", "refused"), row(503, "1")])
    assert lost == 2
    assert sentence == "4 requests while it went through, 2 lost; answered by version: 1 1, 2 1."
