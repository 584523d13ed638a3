"""Events: what is told of a run, a promotion and a night; cut to size; never a credential of something else."""

import json
from pathlib import Path

import pytest

from core.test_report import CLOUDS, all_passed, documents, promotion
from naru.core.config_file import parse_config
from naru.core.notification import (
    MAX_BODY,
    MAX_SENTENCE,
    body_of,
    check_notifications,
    night_event,
    promotion_events,
    run_finished,
    words_of,
)
from naru.core.report_view import plain_report
from naru.errors import Missing
from naru.model.notifications import Event, EventKind, Notifications, Webhook

HOOK = Webhook(name="chat", url="https://chat.example/hook")


def finished(**more):
    plain = plain_report(documents(evidence=all_passed(), **more))
    return run_finished(plain, "khan", CLOUDS, place="/w/report/index.html", build="https://ci.example/1/", at="2026-11-23T06:00:00Z")


def read(text):
    return check_notifications(parse_config(text, Notifications, "n.yaml"), "n.yaml")


def test_the_end_of_a_run_says_the_verdict_the_version_each_cloud_and_where_the_report_is():
    event = finished(promotions=(promotion("naver"), promotion("ktcloud", "held")))
    told = json.loads(body_of(event, HOOK))
    assert told["kind"] == "run-finished"
    assert (told["version"], told["outcome"], told["report"]) == ("1", "partial", "/w/report/index.html")
    assert told["sentence"]["en"] == "1 runs on naver only; ktcloud did not get it."
    assert {cloud["cloud"]: cloud["outcome"] for cloud in told["clouds"]} == {"naver": "promoted", "ktcloud": "held"}
    assert told["clouds"][0]["proofs"] == {"rollout": "passed", "scaling": "passed", "failover": "passed"}
    assert "1 runs on naver only" in told["text"]


def test_a_cloud_without_a_promotion_is_told_as_not_promoted():
    assert {cloud.outcome for cloud in finished().clouds} == {"not promoted"}


def test_the_language_of_the_text_is_the_notifiers_own():
    subject, lines = words_of(finished(promotions=(promotion("naver"), promotion("ktcloud"))), "ko")
    assert "릴리스 실행 종료" in subject
    assert "운영 반영되었습니다" in lines[0]


def test_held_and_rolled_back_clouds_are_one_event_each_and_promoted_ones_none():
    found = [promotion("naver"), promotion("ktcloud", "held"), promotion("cocktail", "rolled back"), promotion("other", "stuck")]
    events = promotion_events(found, "khan", build="", at="")
    assert [(event.kind, [cloud.cloud for cloud in event.clouds]) for event in events] == [
        (EventKind.promotion_held, ["ktcloud", "other"]), (EventKind.promotion_rolled_back, ["cocktail"])]
    assert promotion_events([promotion("naver")], "khan", build="", at="") == []


def test_a_night_tells_only_the_holds_that_it_set_itself():
    assert night_event({"holds": ["naver is held already: x"], "new_holds": []}, "khan", place="", build="", at="") is None
    event = night_event({"new_holds": [{"cloud": "naver", "reason": "two failed nights"}]}, "khan", place="", build="", at="")
    assert event.clouds[0].sentence == "two failed nights"
    assert "naver" in event.sentence["ko"]


def test_hostile_and_endless_text_is_one_line_of_bounded_size_without_a_chats_markup():
    endless = promotion("naver", "held").model_copy(update={"sentence": "<!channel>\r\nBcc: x@y.z " + "가" * 100_000})
    event = promotion_events([endless] * 20, "khan", build="", at="")[0]
    assert max(len(cloud.sentence) for cloud in event.clouds) == MAX_SENTENCE
    body = body_of(event, HOOK)
    assert len(body) <= MAX_BODY
    assert "<!channel>" not in json.loads(body)["text"]
    assert all("\n" not in line and "\r" not in line for line in words_of(event, "en")[1])


def test_an_event_without_a_version_has_a_clean_subject():
    event = Event(kind=EventKind.nightly_hold, product="khan", version="", outcome="held", sentence={"en": "e", "ko": "k"})
    assert words_of(event, "en")[0] == "[naru] Held by the nightly verification: khan"


@pytest.mark.parametrize(("text", "says"), [
    ("webhooks: [{name: a}]", "needs either url or url_env"),
    ("webhooks: [{name: a, url: 'https://x', url_env: NARU_NOTIFY_URL}]", "needs either url or url_env"),
    ("webhooks: [{name: a, url: 'https://x', token_env: NARU_JENKINS_TOKEN_FILE}]", "token_env"),
    ("webhooks: [{name: a, url: 'https://x'}, {name: a, url: 'https://y'}]", "names two notifiers"),
    ("mails: [{name: m, host: h, sender: a@b.c, recipients: [x@y.z], user: u}]", "user and password_env together"),
    ('mails: [{name: m, host: h, sender: a@b.c, recipients: ["x@y.z\\nBcc: q@w.e"]}]', "recipients"),
    ("webhooks: [{name: a, url: 'https://x', events: [never]}]", "events"),
])
def test_a_wrong_file_is_refused_with_the_field(text, says):
    with pytest.raises(Missing, match=says):
        read(text)


def test_a_file_needs_no_more_than_a_name_and_an_address():
    found = read("webhooks: [{name: chat, url: 'https://chat.example/hook'}]")
    assert found.webhooks[0].events == tuple(EventKind)


@pytest.mark.parametrize("page", ["notifications.md", "notifications.ko.md"])
def test_the_example_of_the_guide_is_a_valid_file(page):
    text = (Path(__file__).resolve().parents[2] / "docs" / page).read_text()
    found = read(text.split("```yaml\n")[1].split("```")[0])
    assert (found.webhooks[0].language, found.mails[0].port) == ("ko", 587)
