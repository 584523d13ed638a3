"""The report in a real browser, from a release folder of the tests' own."""

import re
import subprocess

import pytest

from core.test_report import CLOUDS, Documents, all_passed, promotion
from naru.commands.report import page
from naru.core.report_view import EvidenceFiles
from system.browser import chromium

pytestmark = pytest.mark.system

PLOT = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10" width="10" height="10"><rect id="bar" width="10" height="10"/></svg>'


@pytest.fixture
def html(tmp_path):
    documents = Documents(version="8.9.csap-1", clouds=CLOUDS, evidence=all_passed(), promotions=(promotion("naver"), promotion("ktcloud")),
                          files={"naver.scaling": EvidenceFiles(plots=(PLOT,))})
    path = tmp_path / "index.html"
    path.write_text(page(documents))
    return path


def test_the_page_opens_without_a_console_error_and_shows_its_plot(tmp_path, html):
    seen = chromium(tmp_path, html, "--dump-dom")
    assert "CONSOLE" not in seen.stderr
    assert 'id="bar"' in seen.stdout
    assert 'data-language="en"' in seen.stdout


def test_a_korean_browser_gets_the_korean_page(tmp_path, html):
    seen = chromium(tmp_path, html, "--dump-dom", "--lang=ko", "--accept-lang=ko")
    assert 'data-language="ko"' in seen.stdout


def test_the_language_button_switches_the_page(tmp_path, html):
    html.write_text(html.read_text().replace("</body>", '<script>document.querySelector("[data-set=ko]").click()</script></body>'))
    seen = chromium(tmp_path, html, "--dump-dom")
    assert 'data-language="ko"' in seen.stdout
    assert re.search(r'data-set="ko" aria-pressed="true"', seen.stdout)


def test_every_link_leads_somewhere_on_the_page(html):
    text = html.read_text()
    for target in re.findall(r'href="#([^"]+)"', text):
        assert f'id="{target}"' in text, target


def test_korean_text_is_drawn_with_a_korean_font(tmp_path, html):
    fonts = subprocess.run(["fc-list", ":lang=ko", "family"], capture_output=True, text=True, timeout=30, check=True).stdout
    assert "Noto Sans CJK KR" in fonts
    picture = tmp_path / "page.png"
    chromium(tmp_path, html, f"--screenshot={picture}", "--window-size=400,900")
    assert picture.stat().st_size > 10_000
