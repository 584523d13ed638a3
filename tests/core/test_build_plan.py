"""Places in commands, and the hash of everything that decides an image's bytes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.build import build_product, release
from naru.core.build_plan import filled, image_inputs, labels, places, without_login
from naru.errors import Missing
from naru.model.product import IssueLinks, Line, Source

BASE = "sha256:" + "ab" * 32


def inputs(release_=None, product=None, base=BASE):
    product = product or build_product()
    return image_inputs(release_ or release(), product, product.images[0], base_digest=base)


def test_parameters_and_facts_of_the_release_can_be_filled_in():
    words = ("-Dv={version}", "{KHAN_RELEASE}", "{commit_time}", "{tag}", "{}", "{ }")
    assert filled(words, places(release()), where="x") == ("-Dv=8.9.csap-999", "8.9.csap", "1700000000", "khan-999", "{}", "{ }")


def test_a_filled_in_value_is_never_filled_in_again():
    assert filled(("{a}",), {"a": "{b}", "b": "no"}, where="x") == ("{b}",)


@settings(max_examples=50)
@given(st.lists(st.text(max_size=20), max_size=5))
def test_the_number_of_words_never_changes(words):
    try:
        assert len(filled(tuple(words), {"a": "x y"}, where="x")) == len(words)
    except Missing as error:
        assert "{" in error.message  # noqa: PT017


@pytest.mark.parametrize(
    "other",
    [
        {"release_": release(commit="d" * 40)},
        {"release_": release(commit_time=1)},
        {"release_": release(version="8.9.csap-1000")},
        {"release_": release(tag="other")},
        {"product": build_product(command=("other",))},
        {"product": build_product(environment={"A": "b"})},
        {"base": "sha256:" + "cd" * 32},
    ],
)
def test_each_input_changes_the_hash(other):
    assert inputs(**other) != inputs()
    assert inputs() == inputs()


def test_what_does_not_enter_the_bytes_does_not_change_the_hash():
    assert inputs(release(rollback="manual", notes=())) == inputs()


ELSEWHERE = {"url": "sandbox:", "branch": "other", "maintenance_branches": ("release/.*",), "credential_env": "OTHER_KEY"}


@pytest.mark.parametrize("changes", [
    {"title": {"en": "Other", "ko": "다른"}},
    {"source": Source(**ELSEWHERE)},
    {"config": Source(url="https://git.example/other.git", branch="other")},
    {"release_registry": "registry.example", "release_registry_env": "OTHER"},
    {"lines": (Line(name="9.0"), Line(name="8.9.csap", fields={"ape_version": "9.9"}, marks=("csap",)))},
    {"clouds": ("cocktail",)},
    {"issues": IssueLinks(pattern="X-[0-9]+", url="https://x.example/{issue}")},
    {"evidence_age_hours": 1.0, "trusted_keys": ("other",), "approvals": {"csap": 2}, "people": {}},
], ids=" ".join)
def test_what_the_product_file_says_beside_the_build_enters_neither_labels_nor_inputs(changes):
    plain = build_product().model_copy(update={"source": Source(url="sandbox:", branch="master")})
    changed = plain.model_copy(update=changes)
    assert changed != plain
    assert inputs(product=changed) == inputs(product=plain)
    assert labels(release(), changed, changed.images[0], base_digest=BASE) == labels(release(), plain, plain.images[0], base_digest=BASE)


@pytest.mark.parametrize("url", ["/home/kim/khan.git", "file:///srv/khan.git"])
def test_a_path_of_this_machine_stands_in_no_label(url):
    product = build_product().model_copy(update={"source": Source(url=url, branch="master")})
    found = labels(release(), product, product.images[0], base_digest=BASE)
    assert not [value for value in found.values() if "khan.git" in value]
    assert inputs(product=product) == inputs(product=product.model_copy(update={"source": Source(url="/elsewhere/khan.git", branch="master")}))


def test_a_login_in_an_address_is_cut_out():
    assert without_login("https://user:pass@host/a@b") == "https://host/a@b"
    assert without_login("ssh://git@host/a") == "ssh://host/a"
    assert without_login("sandbox:") == "sandbox:"
