"""Places in commands, and the hash of everything that decides an image's bytes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.build import build_product, release
from naru.core.build_plan import filled, image_inputs, places, without_login
from naru.errors import Missing

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


def test_a_login_in_an_address_is_cut_out():
    assert without_login("https://user:pass@host/a@b") == "https://host/a@b"
    assert without_login("ssh://git@host/a") == "ssh://host/a"
    assert without_login("sandbox:") == "sandbox:"
