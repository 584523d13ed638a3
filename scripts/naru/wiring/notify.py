"""Notifiers from pipelines/notifications.yaml, or from the file that NARU_NOTIFICATIONS names; none where there is neither."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from naru.core.config_file import parse_config
from naru.core.notification import body_of, check_notifications, words_of
from naru.edge.clock import SystemClock, iso
from naru.edge.files import read_capped
from naru.errors import Interrupted, Missing, NaruError
from naru.model.notifications import Event, Mail, Notifications, Webhook
from naru.steps.notify import Notifier, notify
from naru.wiring.base import CLONE, effects, release_folder

FILE_VARIABLE = "NARU_NOTIFICATIONS"
MAX_FILE = 64 * 1024
MAX_CREDENTIAL = 4096


class WebhookNotifier:
    """One webhook of the file."""

    def __init__(self, hook: Webhook) -> None:
        self._hook, self.name, self.events = hook, hook.name, hook.events

    def send(self, event: Event, seconds: float) -> None:
        """POST the event; credentials are read only now."""
        from naru.edge.notifier_http import WebhookSender

        hook = self._hook
        sender = WebhookSender(hook.url or _credential(hook.url_env), token=_credential(hook.token_env), secret=_credential(hook.secret_env))
        sender.send(body_of(event, hook), seconds)


class MailNotifier:
    """One mail of the file."""

    def __init__(self, mail: Mail) -> None:
        self._mail, self.name, self.events = mail, mail.name, mail.events

    def send(self, event: Event, seconds: float) -> None:
        """Send the event; the password is read only now."""
        from naru.edge.notifier_mail import MailSender

        mail = self._mail
        sender = MailSender(
            mail.host, mail.port, security=mail.security, sender=mail.sender, recipients=mail.recipients, user=mail.user,
            password=_credential(mail.password_env),
        )
        sender.send(*words_of(event, mail.language), seconds)


def notifiers() -> tuple[Notifier, ...]:
    """Those that are configured; raises Missing for a file that is wrong."""
    named = os.environ.get(FILE_VARIABLE, "")
    path = Path(named) if named else CLONE / "pipelines" / "notifications.yaml"
    if not named and not path.is_file():
        return ()
    where = named or "pipelines/notifications.yaml"
    found = check_notifications(parse_config(read_capped(path, MAX_FILE), Notifications, where), where)
    hooks: tuple[Notifier, ...] = tuple(WebhookNotifier(hook) for hook in found.webhooks)
    return hooks + tuple(MailNotifier(mail) for mail in found.mails)


def announce(make: Callable[[str, str], Sequence[Event]], log_folder: Path) -> None:
    """Tell the events that `make(at, build)` gives; whatever goes wrong is one warning line on standard error."""
    try:
        wanted = notifiers()
        if not wanted:
            return
        clock, door = SystemClock(), effects(release_folder(log_folder), "notify")
        for event in make(iso(clock.now()), os.environ.get("BUILD_URL", "")):
            notify(wanted, event, door, clock, _warn)
    except Interrupted:
        raise
    except NaruError as error:
        _warn(f"Nobody was notified: {error} The run is not touched by that.")
    except Exception as error:  # noqa: BLE001 (the run's own answer stands, whatever is wrong in here)
        _warn(f"Nobody was notified: {type(error).__name__}. The run is not touched by that.")



def _credential(variable: str) -> str:
    """Text of the file that the variable names; nothing where no variable is named."""
    if not variable:
        return ""
    path = os.environ.get(variable, "")
    if not path:
        raise Missing(f"{variable} is not set: it names the file with a credential.")
    try:
        text = read_capped(Path(path), MAX_CREDENTIAL).decode("utf-8").strip()
    except UnicodeDecodeError:
        raise Missing(f"The file that {variable} names is no text.") from None
    except NaruError:
        raise Missing(f"The file that {variable} names could not be read.") from None
    if not text or not text.isprintable():
        raise Missing(f"The file that {variable} names does not hold one line of text.")
    return text


def _warn(text: str) -> None:
    print(f"naru: {text}", file=sys.stderr, flush=True)
