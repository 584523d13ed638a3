"""The page of all releases: by the command from a real repository and real folders, and in a real browser."""

import json
import re
import subprocess
from pathlib import Path
from urllib.parse import unquote

import pytest

from fakes.site import evidence, many, proofs, version
from naru.cli import main
from naru.commands.site import page
from naru.core.site_view import site_page
from naru.edge.release_folder import ReleaseFolder
from naru.model.promotion import CloudRecord
from naru.model.timings import StageTime, Timings
from naru.model.words import Proof, Verdict
from naru.wiring.config import load_product
from naru.wiring.git import config_repo
from system.browser import chromium

pytestmark = pytest.mark.system


@pytest.fixture
def html(tmp_path):
    path = tmp_path / "index.html"
    path.write_text(page(site_page(many())))
    return path


def test_the_page_opens_without_a_console_error_and_shows_its_trends(tmp_path, html):
    seen = chromium(tmp_path, html, "--dump-dom")
    assert "CONSOLE" not in seen.stderr
    assert seen.stdout.count("<polyline") >= 8
    assert 'class="changed"' in seen.stdout
    assert 'data-language="en"' in seen.stdout


def test_a_korean_browser_gets_the_korean_page_and_the_button_switches_back(tmp_path, html):
    assert 'data-language="ko"' in chromium(tmp_path, html, "--dump-dom", "--lang=ko", "--accept-lang=ko").stdout
    html.write_text(html.read_text().replace("</body>", '<script>document.querySelector("[data-set=en]").click()</script></body>'))
    seen = chromium(tmp_path, html, "--dump-dom", "--lang=ko", "--accept-lang=ko").stdout
    assert 'data-language="en"' in seen
    assert re.search(r'data-set="en" aria-pressed="true"', seen)


def test_the_page_is_as_wide_as_a_phone(tmp_path, html):
    """Wide tables scroll within themselves: the page itself never does."""
    probe = '<script>document.title = document.documentElement.scrollWidth + " of " + document.documentElement.clientWidth</script></body>'
    html.write_text(html.read_text().replace("</body>", probe))
    seen = chromium(tmp_path, html, "--dump-dom", "--window-size=500,900").stdout
    wide, room = map(int, re.search(r"<title>(\d+) of (\d+)</title>", seen).groups())
    assert wide <= room


def test_the_dark_page_and_the_light_one_are_drawn(tmp_path, html):
    pictures = []
    for name, more in (("light", ()), ("dark", ("--blink-settings=preferredColorScheme=0",))):
        picture = tmp_path / f"{name}.png"
        chromium(tmp_path, html, f"--screenshot={picture}", "--window-size=800,900", *more)
        pictures.append(picture.read_bytes())
    assert min(map(len, pictures)) > 10_000
    assert pictures[0] != pictures[1]


@pytest.fixture
def history(tmp_path, monkeypatch):
    """One promoted release on a real cloud branch, and two folders: one of it and one that was stopped."""
    monkeypatch.setenv("NARU_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("NARU_SANDBOX", "tests")
    monkeypatch.chdir(tmp_path)
    assert main(["site", "--json"]) == 0
    repo = config_repo(load_product())
    record = CloudRecord(product="khan-monitoring", cloud="naver", action="promote", version=version(1), at="2026-11-01T06:00:00+00:00", by="kim")
    files = {"cloud.json": record.model_dump_json().encode()}
    for item in proofs("naver", 1):
        name = "failover" if item.proof is Proof.failover else f"naver.{item.proof}"
        files[f"releases/{version(1)}/evidence/{name}.json"] = item.model_dump_json().encode()
    commit = repo.write_commit((), files, "naver: promote", when=1_800_000_000)
    repo.push_compare_and_swap("refs/heads/cloud/naver", commit, None)
    for number in (1, 2):
        folder = ReleaseFolder(tmp_path / "work" / "khan-monitoring" / version(number))
        folder.write(Timings(version=version(number), stages=(StageTime(name="build-images", seconds=30.0, exit_code=0),)), "timings.json")
        folder.write_raw("report/index.html", b"<p>report")
    folder.write(evidence(Proof.rollout, "naver", 2, {}, Verdict.failed), "evidence/naver.rollout.json")
    (tmp_path / "work" / "khan-monitoring" / "broken").mkdir()
    (tmp_path / "work" / "khan-monitoring" / "broken" / "release.json").write_text("{")
    return tmp_path


def test_the_command_joins_branches_and_folders_and_names_what_it_could_not_read(history, capsys):
    capsys.readouterr()
    assert main(["site"]) == 0
    said = capsys.readouterr().out
    assert "2 releases on 3 clouds. 1 items could not be read" in said
    plain = json.loads((history / "work/site/khan-monitoring/site.json").read_text())
    assert plain["now"] == {"naver": version(1)}
    assert {row["version"]: row["clouds"]["naver"] for row in plain["releases"]} == {version(1): "runs", version(2): "failed"}
    figures = {(entry["figure"], entry["of"]): entry["seconds"] for entry in plain["releases"][0]["figures"]}
    assert figures["rto_seconds", "all"] == 1.0
    assert figures["stage", "build-images"] == 30.0


def test_each_link_to_a_report_leads_to_one(history):
    assert main(["site", "--out", str(history / "elsewhere" / "site")]) == 0
    place = history / "elsewhere" / "site"
    links = re.findall(r'href="([^#"]+)"', (place / "index.html").read_text())
    assert len(links) == 2
    assert all((place / unquote(link)).is_file() for link in links)


def test_a_plan_says_what_would_be_written_and_writes_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["site", "--plan"]) == 0
    assert json.loads(capsys.readouterr().out)["writes"][0] == "work/site/khan-monitoring/index.html"
    assert list(Path().iterdir()) == []


def test_korean_text_of_the_page_is_drawn_with_a_korean_font():
    fonts = subprocess.run(["fc-list", ":lang=ko", "family"], capture_output=True, text=True, timeout=30, check=True).stdout
    assert "Noto Sans CJK KR" in fonts
