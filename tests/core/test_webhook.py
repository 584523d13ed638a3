"""Deliveries of four providers: signed or not, shaped as recorded, tampered with."""

import contextlib
import hashlib
import hmac
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from naru.core.webhook import MAX_BODY, hinted_tags, read_delivery
from naru.errors import Judged, Malformed
from naru.model.webhook import Provider, TagEvent, TagEventKind

SECRET = "a secret of the webhook"
DATA = Path(__file__).resolve().parents[1] / "data" / "webhooks"
CASES = sorted(DATA.glob("*.json"))


def signed(provider, headers, body, secret=SECRET):
    mac = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    own = {Provider.github: {"X-Hub-Signature-256": mac}, Provider.gitlab: {"X-Gitlab-Token": secret}}.get(provider, {"X-Hub-Signature": mac})
    return {**headers, **own}


def load(path):
    case = json.loads(path.read_text())
    return Provider(case["provider"]), case["headers"], json.dumps(case["body"]).encode(), case["expected"]


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_recorded_delivery_says_what_is_written_beside_it(path):
    provider, headers, body, expected = load(path)
    delivery = read_delivery(signed(provider, headers, body), body, (SECRET,))
    assert delivery.provider is provider
    assert [[event.tag, event.kind.value, event.claimed] for event in delivery.events] == expected["events"]
    assert delivery.look_for_all == expected.get("look_for_all", False)
    assert bool(delivery.ignored) == expected.get("ignored", False)


def test_there_are_deliveries_of_every_provider():
    assert {load(path)[0] for path in CASES} == set(Provider)


@pytest.mark.parametrize("path", [path for path in CASES if not path.stem.startswith("gitlab")], ids=lambda path: path.stem)
def test_one_changed_byte_is_noticed(path):
    provider, headers, body, _ = load(path)
    with pytest.raises(Judged, match="does not fit"):
        read_delivery(signed(provider, headers, body), body.replace(b"{", b"{ ", 1), (SECRET,))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_another_secret_or_none_is_refused(path):
    provider, headers, body, _ = load(path)
    with pytest.raises(Judged, match="does not fit"):
        read_delivery(signed(provider, headers, body, "another secret"), body, (SECRET,))
    with pytest.raises(Judged, match="not signed"):
        read_delivery(headers, body, (SECRET,))


def test_while_secrets_are_changed_over_both_hold():
    provider, headers, body, _ = load(CASES[0])
    assert read_delivery(signed(provider, headers, body, "the new secret"), body, ("the new secret", SECRET))


@pytest.mark.parametrize("signature", ["sha1=" + "0" * 40, "sha256=", "sha256=zz", "0" * 64, "sha256=" + "0" * 63, "sha256=" + "0" * 64 + "\n", ""])
def test_a_signature_of_another_form_is_refused(signature):
    body = b"{}"
    with pytest.raises(Judged):
        read_delivery({"X-GitHub-Event": "push", "X-Hub-Signature-256": signature}, body, (SECRET,))


def test_a_body_over_the_limit_is_refused_before_it_is_hashed():
    with pytest.raises(Malformed, match="limit"):
        read_delivery({"X-GitHub-Event": "push"}, b"x" * (MAX_BODY + 1), (SECRET,))


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b"[" * 100_000, b'{"ref": "refs/tags/"}', b'{"ref": "refs/tags/a b", "after": "x"}'])
def test_a_signed_body_that_is_no_delivery_is_malformed(body):
    with pytest.raises(Malformed):
        read_delivery(signed(Provider.github, {"X-GitHub-Event": "push"}, body), body, (SECRET,))


def test_headers_of_no_provider_are_malformed():
    with pytest.raises(Malformed, match="no header"):
        read_delivery({"Content-Type": "application/json"}, b"{}", (SECRET,))


@settings(max_examples=40)
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=8), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
    st.sampled_from(["ref", "after", "before", "push", "changes", "new", "old", "type", "name", "target", "hash", "toHash", "id", "object_kind", "ref_type"]),
    inner, max_size=4), max_leaves=12), st.sampled_from(list(Provider)))
def test_no_signed_body_of_any_shape_is_a_fault_of_ours(value, provider):
    body = json.dumps({"x": value} if not isinstance(value, dict) else value).encode()
    headers = {Provider.github: {"X-GitHub-Event": "push"}, Provider.gitlab: {"X-Gitlab-Event": "Tag Push Hook"},
               Provider.bitbucket_cloud: {"X-Event-Key": "repo:push"}, Provider.bitbucket_server: {"X-Event-Key": "repo:refs_changed"}}[provider]
    with contextlib.suppress(Judged, Malformed):
        assert read_delivery(signed(provider, headers, body), body, (SECRET,)).provider is provider


def test_hints_of_the_tag_push_job_are_tags_once_each():
    assert hinted_tags(("refs/tags/a", "b, c,a", "refs/heads/main")) == ("a", "b", "c")
    assert hinted_tags(("", "", "")) == ()


def test_an_event_is_a_value():
    assert TagEvent("a") == TagEvent("a", TagEventKind.pushed, None)
