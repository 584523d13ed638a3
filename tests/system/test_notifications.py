"""Notifications over a real loopback HTTP server and a real loopback SMTP server, by the command that ends a run."""

import base64
import email
import hashlib
import hmac
import json
import socketserver
import threading
from email.policy import default as modern
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from naru.cli import main
from naru.model.timings import StageTime, Timings

pytestmark = pytest.mark.system

TOKEN, SECRET, PASSWORD = "token-4711-of-the-chat", "secret-0815-of-the-chat", "word-2342-of-the-mail"
VERSION = "8.9.csap-42"


class HttpServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), HttpHandler)
        self.got, self.status, self.silent = [], 200, threading.Event()
        self.silent.set()


class HttpHandler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, dict(self.headers), body))
        self.server.silent.wait(60)
        self.send_response(self.server.status)
        self.send_header("Location", "/elsewhere")
        self.end_headers()

    def log_message(self, *words):
        pass


class SmtpServer(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), SmtpHandler)
        self.mails, self.logins, self.refuse = [], [], ""


class SmtpHandler(socketserver.StreamRequestHandler):
    """RFC 5321 as far as one client needs it: greeting, EHLO, AUTH PLAIN, MAIL, RCPT, DATA, QUIT."""

    def handle(self):
        self.answer("220 loopback")
        recipients = []
        for line in iter(self.rfile.readline, b""):
            word = line.strip().decode().split(" ")
            verb = word[0].upper()
            if verb == "EHLO":
                self.wfile.write(b"250-loopback\r\n250 AUTH PLAIN\r\n")
            elif verb == "AUTH":
                self.server.logins.append(base64.b64decode(word[2]).split(b"\0")[1:])
                self.answer("535 5.7.8 no" if self.server.refuse == "AUTH" else "235 2.7.0 welcome")
            elif verb == "RCPT":
                recipients.append(word[1])
                self.answer(f"550 5.1.1 unknown {PASSWORD}" if self.server.refuse == "RCPT" else "250 ok")
            elif verb == "DATA":
                self.answer("354 go on")
                data = b"".join(iter(self.rfile.readline, b".\r\n"))
                self.server.mails.append((recipients, email.message_from_bytes(data, policy=modern)))
                self.answer("250 taken")
            else:
                self.answer("221 bye" if verb == "QUIT" else "250 ok")
                if verb == "QUIT":
                    return

    def answer(self, text):
        self.wfile.write(text.encode() + b"\r\n")


def running(server):
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    return server


@pytest.fixture
def http():
    with running(HttpServer()) as server:
        yield server
        server.silent.set()
        server.shutdown()


@pytest.fixture
def smtp():
    with running(SmtpServer()) as server:
        yield server
        server.shutdown()


@pytest.fixture
def work(tmp_path, monkeypatch):
    """A release that was stopped at its build, its folder and the files of credentials."""
    monkeypatch.setenv("NARU_STATE", str(tmp_path / "state"))
    monkeypatch.delenv("NARU_NOTIFICATIONS", raising=False)
    for name, text in (("TOKEN", TOKEN), ("SECRET", SECRET), ("PASSWORD", PASSWORD)):
        (tmp_path / name).write_text(text + "\n")
        monkeypatch.setenv(f"NARU_NOTIFY_{name}", str(tmp_path / name))
    folder = tmp_path / "work"
    folder.mkdir()
    stages = (StageTime(name="build-images", seconds=1.0, exit_code=1, sentence="The compiler found an error."),)
    (folder / "timings.json").write_text(Timings(version=VERSION, stages=stages).model_dump_json())
    return folder


@pytest.fixture
def notifying(tmp_path, monkeypatch, http, smtp):
    def write(text=""):
        path = tmp_path / "notifications.yaml"
        path.write_text(text or f"""
webhooks:
  - {{name: chat, url: 'http://127.0.0.1:{http.server_port}/hook', token_env: NARU_NOTIFY_TOKEN, secret_env: NARU_NOTIFY_SECRET, language: ko}}
mails:
  - {{name: team, host: 127.0.0.1, port: {smtp.server_address[1]}, security: none, user: naru, password_env: NARU_NOTIFY_PASSWORD,
      sender: naru@khan.example, recipients: [ops@khan.example, lead@khan.example]}}
""")
        monkeypatch.setenv("NARU_NOTIFICATIONS", str(path))

    write()
    return write


def finish(work):
    return main(["report", "--notify", "--work", str(work)])


def no_secret(work, shown):
    told = [shown.out, shown.err, *(path.read_text(errors="replace") for path in work.rglob("*") if path.is_file())]
    return not [secret for secret in (TOKEN, SECRET, PASSWORD) for text in told if secret in text]


def test_the_end_of_a_run_reaches_the_webhook_signed_and_the_mail_with_both_recipients(work, notifying, http, smtp, capsys):
    assert finish(work) == 0
    (path, headers, body), = http.got
    assert path == "/hook"
    assert headers["Authorization"] == f"Bearer {TOKEN}"
    assert headers["X-Naru-Signature-256"] == "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    told = json.loads(body)
    assert (told["kind"], told["version"], told["outcome"]) == ("run-finished", VERSION, "stopped")
    assert told["report"] == str(work / "report" / "index.html")
    assert "단계에서 중단되었습니다" in told["text"]
    (recipients, mail), = smtp.mails
    assert recipients == ["TO:<ops@khan.example>", "TO:<lead@khan.example>"]
    assert mail["Subject"] == f"[naru] Release run finished: khan-monitoring {VERSION}"
    assert "was stopped at build-images: The compiler found an error." in mail.get_content()
    assert smtp.logins == [[b"naru", PASSWORD.encode()]]
    shown = capsys.readouterr()
    assert shown.err == ""
    assert no_secret(work, shown)


def test_without_a_file_nobody_is_told_and_nothing_is_said(work, http, smtp, capsys):
    assert finish(work) == 0
    assert (http.got, smtp.mails) == ([], [])
    assert capsys.readouterr().err == ""


def test_a_report_that_is_only_written_again_tells_nobody(work, notifying, http):
    assert main(["report", "--work", str(work)]) == 0
    assert http.got == []


@pytest.mark.parametrize(("status", "refuse"), [(500, "RCPT"), (302, "AUTH"), (401, "")])
def test_notifiers_that_refuse_are_one_warning_line_each_without_a_secret_and_the_run_ends_as_it_would(work, notifying, http, smtp, capsys, status, refuse):
    http.status, smtp.refuse = status, refuse
    assert finish(work) == 0
    shown = capsys.readouterr()
    lines = shown.err.splitlines()
    assert len(lines) == 1 + bool(refuse)
    assert str(status) in lines[0]
    assert len(http.got) == 1
    assert no_secret(work, shown)


def test_servers_that_are_not_there_are_one_warning_line_each(work, notifying, http, smtp, capsys):
    notifying("webhooks: [{name: chat, url: 'http://127.0.0.1:9/'}]\nmails: [{name: team, host: 127.0.0.1, port: 9, security: tls, sender: a@b.c, recipients: [a@b.c]}]")
    assert finish(work) == 0
    assert [line.split(" ")[2] for line in capsys.readouterr().err.splitlines()] == ["chat", "team"]


def test_an_address_that_is_a_secret_is_read_from_its_file_and_never_shown(work, notifying, http, capsys, tmp_path, monkeypatch):
    (tmp_path / "URL").write_text(f"http://127.0.0.1:{http.server_port}/{TOKEN}")
    monkeypatch.setenv("NARU_NOTIFY_URL", str(tmp_path / "URL"))
    http.status = 500
    notifying("webhooks: [{name: chat, url_env: NARU_NOTIFY_URL}]")
    assert finish(work) == 0
    assert http.got[0][0] == f"/{TOKEN}"
    assert no_secret(work, capsys.readouterr())


def test_a_server_that_never_answers_is_left_after_its_deadline(work, notifying, http, capsys, monkeypatch):
    monkeypatch.setattr("naru.steps.notify.EACH_SECONDS", 0.3)
    http.silent.clear()
    assert finish(work) == 0
    assert "POST" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["webhooks: {", "webhooks: [{name: chat}]", "webhooks: [{name: chat, url: 'http://chat.example/'}]",
                                  "webhooks: [{name: chat, url: 'http://127.0.0.1:9/', token_env: NARU_NOTIFY_ABSENT}]"])
def test_a_file_that_is_wrong_is_one_warning_line_and_no_failure(work, notifying, capsys, text):
    notifying(text)
    assert finish(work) == 0
    assert len(capsys.readouterr().err.splitlines()) == 1
