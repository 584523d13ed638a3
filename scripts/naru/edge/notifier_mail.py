"""Sends one mail through one SMTP server; of an error only its kind and the server's number are told."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Sequence
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from naru.edge.bounded import within
from naru.errors import Malformed, OutsideDown

LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class MailSender:
    """One server, one sender, its recipients."""

    def __init__(
        self, host: str, port: int, *, security: str, sender: str, recipients: Sequence[str], user: str = "", password: str = "",
    ) -> None:
        if security == "none" and user and host not in LOOPBACK:
            raise Malformed("A login over an unencrypted connection is refused.", hint="Set security to starttls or tls.")
        self._host, self._port, self._security = host, port, security
        self._sender, self._recipients = sender, list(recipients)
        self._user, self._password = user, password

    def send(self, subject: str, lines: Sequence[str], seconds: float) -> None:
        """Deliver once; raises OutsideDown where the server refuses or does not answer in time."""
        within(seconds, lambda: self._send(self._message(subject, lines), seconds), doing="SMTP")

    def _message(self, subject: str, lines: Sequence[str]) -> EmailMessage:
        message = EmailMessage()
        message["Subject"], message["From"], message["To"] = subject, self._sender, ", ".join(self._recipients)
        message["Date"], message["Message-ID"] = formatdate(), make_msgid(domain=self._sender.partition("@")[2])
        message["Auto-Submitted"] = "auto-generated"
        message.set_content("\n".join(lines) + "\n")
        return message

    def _send(self, message: EmailMessage, seconds: float) -> None:
        try:
            with self._connected(seconds) as server:
                if self._security == "starttls":
                    server.starttls(context=ssl.create_default_context())
                if self._user:
                    server.login(self._user, self._password)
                refused = server.send_message(message, self._sender, self._recipients)
        except smtplib.SMTPResponseException as error:
            raise OutsideDown(f"SMTP: {type(error).__name__}, code {error.smtp_code}.") from None
        if refused:
            raise OutsideDown(f"SMTP: {len(refused)} of {len(self._recipients)} recipients were refused.")

    def _connected(self, seconds: float) -> smtplib.SMTP:
        if self._security == "tls":
            return smtplib.SMTP_SSL(self._host, self._port, timeout=seconds, context=ssl.create_default_context())
        return smtplib.SMTP(self._host, self._port, timeout=seconds)
