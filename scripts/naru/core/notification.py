"""Events for people outside: made from what the steps returned, cut to size, and put into words. No secret ever enters one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from naru.errors import Missing
from naru.model.notifications import CloudResult, Event, EventKind, Notifications, Webhook
from naru.model.promotion import Promotion

MAX_SENTENCE = 600
MAX_CLOUDS = 20
MAX_BODY = 32 * 1024
"""Bytes of one webhook's body; above it the clouds' own sentences are left out."""

BACK = "rolled back"
TOLD = {"held": EventKind.promotion_held, "stuck": EventKind.promotion_held, "unreachable": EventKind.promotion_held,
        BACK: EventKind.promotion_rolled_back}
"""Outcome of a promotion → event; what went well is told by the end of the run."""

TITLES: dict[EventKind, dict[str, str]] = {
    EventKind.run_finished: {"en": "Release run finished", "ko": "릴리스 실행 종료"},
    EventKind.promotion_held: {"en": "Promotion held", "ko": "운영 반영 보류"},
    EventKind.promotion_rolled_back: {"en": "Promotion rolled back", "ko": "운영 반영 되돌림"},
    EventKind.nightly_hold: {"en": "Held by the nightly verification", "ko": "야간 검증으로 배포 보류"},
}
LABELS = {"report": {"en": "Report", "ko": "보고서"}, "build": {"en": "Build", "ko": "빌드"}}


def check_notifications(found: Notifications, where: str) -> Notifications:
    """The file as given; raises Missing where a name stands twice or an address is given twice or not at all."""
    names = [hook.name for hook in found.webhooks] + [mail.name for mail in found.mails]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise Missing(f"{where}: '{twice[0]}' names two notifiers.", hint="Mend the file and try again.")
    for hook in found.webhooks:
        if bool(hook.url) == bool(hook.url_env):
            raise Missing(f"{where}: webhook '{hook.name}' needs either url or url_env.", hint="Mend the file and try again.")
    for mail in found.mails:
        if bool(mail.user) != bool(mail.password_env):
            raise Missing(f"{where}: mail '{mail.name}' needs user and password_env together.", hint="Mend the file and try again.")
    return found


def run_finished(report: Mapping[str, Any], product: str, clouds: Sequence[str], *, place: str, build: str, at: str) -> Event:
    """The end of a run, from report.json's own values."""
    return Event(
        kind=EventKind.run_finished, product=product, version=short(report["version"]), outcome=str(report["outcome"]),
        sentence=_both(report["headline"]), clouds=tuple(_cloud(report, cloud) for cloud in clouds[:MAX_CLOUDS]),
        report=place, build=build, at=at,
    )


def promotion_events(promotions: Sequence[Promotion], product: str, *, build: str, at: str) -> list[Event]:
    """One event for all clouds that are held (stuck and silent ones too), one for all that went back."""
    events = []
    for kind in (EventKind.promotion_held, EventKind.promotion_rolled_back):
        ours = [item for item in promotions if TOLD.get(item.outcome) is kind][:MAX_CLOUDS]
        if ours:
            words = " ".join(short(item.sentence) for item in ours)
            events.append(Event(
                kind=kind, product=product, version=short(ours[0].version), outcome=BACK if kind is EventKind.promotion_rolled_back else "held",
                sentence=_both({"en": words, "ko": words}), build=build, at=at,
                clouds=tuple(CloudResult(cloud=item.cloud, outcome=item.outcome, sentence=short(item.sentence)) for item in ours),
            ))
    return events


def night_event(night: Mapping[str, Any], product: str, *, place: str, build: str, at: str) -> Event | None:
    """The holds that this night set; None where it set none."""
    holds = list(night.get("new_holds", ()))[:MAX_CLOUDS]
    if not holds:
        return None
    names = ", ".join(hold["cloud"] for hold in holds)
    return Event(
        kind=EventKind.nightly_hold, product=product, version="", outcome="held", report=place, build=build, at=at,
        sentence=_both({"en": f"The nightly verification holds promotion to {names}.", "ko": f"야간 검증에 따라 {names} 운영 반영을 보류했습니다."}),
        clouds=tuple(CloudResult(cloud=hold["cloud"], outcome="held", sentence=short(hold["reason"])) for hold in holds),
    )


def body_of(event: Event, hook: Webhook) -> bytes:
    """The JSON of one event, at most MAX_BODY bytes; `text` is what chat services show."""
    whole = _json(event, hook.language)
    if len(whole) <= MAX_BODY:
        return whole
    brief = tuple(cloud.model_copy(update={"sentence": ""}) for cloud in event.clouds)
    return _json(event.model_copy(update={"clouds": brief}), hook.language)


def _json(event: Event, language: str) -> bytes:
    subject, lines = words_of(event, language)
    text = "\n".join([subject, *lines]).replace("<", "‹").replace(">", "›")  # no mention or link of a chat's own markup
    return json.dumps({"schema_number": 1, **event.plain(), "text": text}, ensure_ascii=False).encode()


def words_of(event: Event, language: str) -> tuple[str, list[str]]:
    """(subject, lines) for people."""
    head = f"[naru] {TITLES[event.kind][language]}: {event.product} {event.version}".strip()
    lines = [event.sentence["ko" if language == "ko" else "en"], ""]
    lines += [_cloud_line(cloud) for cloud in event.clouds]
    lines += [f"{LABELS[name][language]}: {value}" for name, value in (("report", event.report), ("build", event.build)) if value]
    return head, lines


def short(text: object) -> str:
    """One printable line of bounded length."""
    line = "".join(sign if sign.isprintable() else " " for sign in str(text))
    return line if len(line) <= MAX_SENTENCE else line[: MAX_SENTENCE - 3] + "..."


def _both(words: Mapping[str, Any]) -> dict[Any, str]:
    return {"en": short(words["en"]), "ko": short(words.get("ko") or words["en"])}


def _cloud(report: Mapping[str, Any], cloud: str) -> CloudResult:
    proofs = {row["proof"]: row["verdict"] for row in report["proofs"] if row["cloud"] in {cloud, "all"}}
    return CloudResult(cloud=cloud, outcome=report["promotions"].get(cloud) or "not promoted", proofs=proofs)


def _cloud_line(cloud: CloudResult) -> str:
    proofs = ", ".join(f"{proof} {verdict}" for proof, verdict in cloud.proofs.items())
    return f"- {cloud.cloud}: {cloud.outcome}" + (f" ({proofs})" if proofs else "") + (f". {cloud.sentence}" if cloud.sentence else "")
