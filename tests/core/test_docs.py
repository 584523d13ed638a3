"""What the documents say is so: figures come from results, commands exist, links lead somewhere."""

import importlib.util
import re
from pathlib import Path

import pytest

from documented import ALONE, CLOUDS, ELSEWHERE, SHOWN_ONLY, documented
from naru.cli import COMMANDS

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "README.ko.md", *ROOT.glob("docs/*.md")])


def test_the_page_of_figures_is_generated_from_the_committed_results():
    spec = importlib.util.spec_from_file_location("make_page", ROOT / "benchmarks" / "make_page.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert (ROOT / "docs" / "benchmarks.md").read_text() == module.page(module.stored()), "run: python benchmarks/make_page.py"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_that_a_page_shows_exists(page):
    for command in re.findall(r"\./naru ([a-z][a-z-]*)", page.read_text()):
        assert command in COMMANDS, f"{page.name}: ./naru {command}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_file_leads_to_one(page):
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_every_command_of_the_table_can_be_imported():
    for name, (module, _) in COMMANDS.items():
        assert importlib.util.find_spec(module) is not None, name


def test_the_readme_names_the_two_commands():
    text = (ROOT / "README.md").read_text()
    assert "./naru demo" in text
    assert "./naru test" in text


@pytest.mark.parametrize("words", documented())
def test_every_documented_command_is_run_by_a_test(words):
    tables = [table for table in (ALONE, CLOUDS, ELSEWHERE, SHOWN_ONLY) if words in table]
    assert len(tables) == 1, f"./naru {words}: enter it in tests/documented.py, where it is run (ALONE: without a cluster, CLOUDS: with)"


def test_the_table_names_only_what_is_documented_and_tests_that_are_there():
    assert {*ALONE, *CLOUDS, *ELSEWHERE, *SHOWN_ONLY} - set(documented()) == set()
    for file, name in ELSEWHERE.values():
        assert f"def {name}(" in (ROOT / "tests" / file).read_text(), name


def test_each_run_of_a_documented_command_is_that_command_with_all_its_options():
    for words, run in {**ALONE, **CLOUDS}.items():
        assert run.split()[0] == words.split()[0], words
        assert set(re.findall(r"--[a-z-]+", words)) <= set(re.findall(r"--[a-z-]+", run)), words
