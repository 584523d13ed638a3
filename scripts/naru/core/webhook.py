"""Deliveries of four Git providers: signature over the raw bytes, then what they claim about tags.

The signature comes first, in constant time, over the bytes as they came; only then the body is parsed. What the body
says of object ids is a claim; steps/webhook.py asks Git.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from naru.errors import Judged, Malformed
from naru.model.webhook import Delivery, Provider, TagEvent, TagEventKind

MAX_BODY = 1024 * 1024
MAX_TAGS = 100
PREFIX = "refs/tags/"
ZEROS = re.compile(r"0{40}|0{64}")
_OBJECT = re.compile(r"[0-9a-f]{40}", re.ASCII)
_SIGNATURE = re.compile(r"sha256=([0-9a-f]{64})", re.ASCII | re.IGNORECASE)
_HEADERS = {
    Provider.bitbucket_cloud: "x-hub-signature", Provider.bitbucket_server: "x-hub-signature",
    Provider.github: "x-hub-signature-256", Provider.gitlab: "x-gitlab-token",
}
_DELIVERY = {
    Provider.bitbucket_cloud: "x-request-uuid", Provider.bitbucket_server: "x-request-id",
    Provider.github: "x-github-delivery", Provider.gitlab: "x-gitlab-event-uuid",
}


def read_delivery(headers: Mapping[str, str], body: bytes, secrets: tuple[str, ...], provider: Provider | None = None) -> Delivery:
    """What a delivery claims. Raises Malformed for one that is no delivery, Judged for one that is not signed with a secret of ours."""
    named = {name.lower(): value for name, value in headers.items()}
    if len(body) > MAX_BODY:
        raise Malformed(f"The delivery has {len(body)} bytes; the limit is {MAX_BODY}.")
    sender = provider or provider_of(named)
    check_signature(sender, named, body, secrets)
    value = _parsed(body)
    events, ignored, all_tags = _READERS[sender](named, value)
    if len(events) > MAX_TAGS:
        raise Malformed(f"The delivery names {len(events)} tags; the limit is {MAX_TAGS}.")
    return Delivery(sender, named.get(_DELIVERY[sender], "")[:100], tuple(events), look_for_all=all_tags, ignored=ignored)


def provider_of(headers: Mapping[str, str]) -> Provider:
    """Who sent it, by the header that only they send; raises Malformed where none is there."""
    if "x-github-event" in headers:
        return Provider.github
    if "x-gitlab-event" in headers:
        return Provider.gitlab
    key = headers.get("x-event-key", "")
    if key.startswith(("repo:refs_changed", "diagnostics:")):
        return Provider.bitbucket_server
    if key:
        return Provider.bitbucket_cloud
    raise Malformed("The delivery bears no header of a provider that is known.", hint="Known: Bitbucket, GitHub, GitLab; or say --provider.")


def check_signature(provider: Provider, headers: Mapping[str, str], body: bytes, secrets: tuple[str, ...]) -> None:
    """Raise Judged unless the delivery proves one of the secrets (two while they are changed over)."""
    header = _HEADERS[provider]
    given = headers.get(header, "")
    if not given:
        raise Judged(f"The delivery bears no {header}: it is not signed.", hint="Set a secret for the webhook at the provider.")
    if provider is Provider.gitlab:
        matches = [hmac.compare_digest(given.encode(), secret.encode()) for secret in secrets]
    else:
        form = _SIGNATURE.fullmatch(given)
        claimed = form[1].lower() if form else ""
        matches = [hmac.compare_digest(claimed, hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()) for secret in secrets]
    if not any(matches):
        raise Judged(f"The delivery's {header} does not fit: it was not signed with our secret, or changed on the way.")


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise Malformed("The delivery's body is not JSON.") from None
    if not isinstance(value, dict):
        raise Malformed("The delivery's body is no JSON object.")
    return value


Read = tuple[list[TagEvent], str, bool]


def _github(headers: Mapping[str, str], value: dict[str, Any]) -> Read:
    event = headers.get("x-github-event", "")
    if event == "create":
        if value.get("ref_type") != "tag":
            return [], "a branch was created", False
        return [TagEvent(_name(value.get("ref")))], "", False
    if event != "push":
        return [], f"a {event[:40]} event", False
    return _by_ref(value)


def _gitlab(_headers: Mapping[str, str], value: dict[str, Any]) -> Read:
    # GitLab's own test button once sent a push payload under the tag hook; the body's kind decides.
    if value.get("object_kind") != "tag_push":
        return [], f"a {str(value.get('object_kind'))[:40]} event", False
    return _by_ref(value)


def _by_ref(value: dict[str, Any]) -> Read:
    ref = str(value.get("ref", ""))
    if not ref.startswith(PREFIX):
        return [], "a branch was pushed", False
    before, after = _oid(value.get("before")), _oid(value.get("after"))
    if after is None or value.get("deleted") is True:
        return [TagEvent(_name(ref), TagEventKind.deleted)], "", False
    kind = TagEventKind.pushed if before is None else TagEventKind.moved
    return [TagEvent(_name(ref), kind, after)], "", False


def _bitbucket_cloud(headers: Mapping[str, str], value: dict[str, Any]) -> Read:
    changes = _list(_dict(value.get("push")).get("changes"))
    if headers.get("x-event-key") != "repo:push":
        return [], f"a {headers.get('x-event-key', '')[:40]} event", False
    if not changes:
        return [], "", True  # tags made in its web page once came so (BCLOUD-13865)
    events = []
    for change in changes:
        new, old = _dict(change.get("new")), _dict(change.get("old"))
        if (new or old).get("type") != "tag":
            continue
        if not new:
            events.append(TagEvent(_name(old.get("name")), TagEventKind.deleted))
            continue
        kind = TagEventKind.moved if old else TagEventKind.pushed
        events.append(TagEvent(_name(new.get("name")), kind, _oid(_dict(new.get("target")).get("hash"))))
    return events, "" if events else "no tag was pushed", False


def _bitbucket_server(headers: Mapping[str, str], value: dict[str, Any]) -> Read:
    if headers.get("x-event-key") != "repo:refs_changed":
        return [], f"a {headers.get('x-event-key', '')[:40]} event", False
    kinds = {"ADD": TagEventKind.pushed, "UPDATE": TagEventKind.moved, "DELETE": TagEventKind.deleted}
    events = []
    for change in _list(value.get("changes")):
        ref = _dict(change.get("ref"))
        kind = kinds.get(str(change.get("type")))
        if ref.get("type") == "TAG" and kind is not None:
            claimed = None if kind is TagEventKind.deleted else _oid(change.get("toHash"))
            events.append(TagEvent(_name(ref.get("id")), kind, claimed))
    return events, "" if events else "no tag was pushed", False


_READERS: dict[Provider, Callable[[Mapping[str, str], dict[str, Any]], Read]] = {
    Provider.github: _github, Provider.gitlab: _gitlab,
    Provider.bitbucket_cloud: _bitbucket_cloud, Provider.bitbucket_server: _bitbucket_server,
}


def _name(ref: Any) -> str:
    text = str(ref or "").removeprefix(PREFIX)
    if not text or len(text) > 250 or any(ord(letter) <= 32 or ord(letter) == 127 for letter in text):
        raise Malformed("The delivery names a tag that cannot be one.")
    return text


def _oid(value: Any) -> str | None:
    text = str(value or "")
    return text if _OBJECT.fullmatch(text) and not ZEROS.fullmatch(text) else None


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def hinted_tags(values: tuple[str, ...]) -> tuple[str, ...]:
    """Tag names out of the tag-push job's parameters: one ref, or names with commas; branches are left out."""
    names = [word.strip() for value in values for word in value.split(",") if word.strip()]
    tags = [name.removeprefix(PREFIX) for name in names if not name.startswith("refs/heads/")]
    return tuple(dict.fromkeys(tag for tag in tags if len(tag) <= 250))[:MAX_TAGS]
