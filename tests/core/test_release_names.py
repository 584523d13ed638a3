"""Parameters become version and tag and back; whatever is hostile stops with the right exit code."""

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.khan import product
from naru.core.release_names import names_from_parameters, names_from_tag, read_tag
from naru.errors import Malformed, Missing, NaruError

PRODUCT = product()
LINE, NUMBER = "KHAN_RELEASE", "BUG_FIX_VERSION"
TAG = "khan-monitoring-5-git-999-ape-5.2.0-8.9.csap"

HOSTILE = [
    "8.9;touch x", "$(id)", "`id`", "--upload-pack=x", "-8.9", "../8.9", "8..9", "", " ", "8.9 ", " 8.9", "8.9\n", "\n8.9", "8.9\r", "8.9\0",
    "a" * 300, "８.９", "８", "٣", "8.9\u202e", "8\u200b9", "é", "8.9|x", "8.9&x", "8.9>x", "8.9*", "8.9?", "8.9[0]", "{8}", "{0.x}", "%s", "~",
    "8.9@{0}", "8.9^", "8.9:x", "refs/tags/x", "a/b", "\\8", "'8'", '"8"', "#8", "!8", "8=9", "8,9", "\x1b[0m", "\x7f", "😀",
]
"""Each in either parameter ends with exit code 2 and one short sentence."""


def names(line="8.9.csap", number="999"):
    return names_from_parameters(PRODUCT, {LINE: line, NUMBER: number})


def test_the_parameters_of_the_slides_give_version_and_tag():
    assert (names().version, names().tag) == ("8.9.csap-999", TAG)


def test_a_pushed_tag_gives_the_same_release_as_its_parameters():
    assert names_from_tag(PRODUCT, TAG) == names()
    assert names_from_tag(PRODUCT, "khan-monitoring-5-git-4999-ape-5.1.0-8.8.4").version == "8.8.4-4999"


@pytest.mark.parametrize("value", HOSTILE, ids=ascii)
@pytest.mark.parametrize("parameter", [LINE, NUMBER])
def test_a_hostile_value_is_malformed_and_is_not_repeated_at_length(parameter, value):
    with pytest.raises(Malformed) as stop:
        names_from_parameters(PRODUCT, {LINE: "8.9.csap", NUMBER: "999", parameter: value})
    assert parameter in stop.value.message
    assert len(str(stop.value)) < 300
    assert str(stop.value).isascii()
    assert str(stop.value).isprintable()


@pytest.mark.parametrize("value", HOSTILE, ids=ascii)
def test_a_hostile_tag_is_malformed(value):
    with pytest.raises(Malformed):
        names_from_tag(PRODUCT, value)


@pytest.mark.parametrize("number", ["0", "0999", "+1", "1e3", "0x1", "1_000", "999x", "-1", "1.0", "1" * 7])
def test_a_number_that_is_not_plain_is_malformed(number):
    with pytest.raises(Malformed):
        names(number=number)


@pytest.mark.parametrize("line", ["8.7", "8.9.CSAP", "8.9.csa", "8.9.csapp", "8.9", "csap"])
def test_a_line_that_the_product_file_does_not_list_is_unknown_and_the_known_ones_are_named(line):
    with pytest.raises(Missing, match=r"Known: 8\.9\.csap, 8\.8\.4"):
        names(line=line)


@pytest.mark.parametrize("left_out", [LINE, NUMBER])
def test_a_parameter_that_is_not_given_is_malformed(left_out):
    given_ = {LINE: "8.9.csap", NUMBER: "999"}
    del given_[left_out]
    with pytest.raises(Malformed, match=f"{left_out} is not given"):
        names_from_parameters(PRODUCT, given_)


def test_a_tag_of_something_else_is_unknown():
    for tag in ("v1.0", TAG + "-x", "x" + TAG, TAG.replace("999", "0999")):
        with pytest.raises(Missing, match="no release tag"):
            names_from_tag(PRODUCT, tag)


def test_a_tag_whose_fields_are_not_those_of_its_line_is_told_its_right_name():
    with pytest.raises(Missing, match=f"should be called {TAG}"):
        names_from_tag(PRODUCT, TAG.replace("5.2.0", "5.1.0"))


def test_a_tag_pattern_that_does_not_read_back_what_was_made_is_a_fault_of_the_product_file():
    tags = PRODUCT.tags.model_copy(update={"read": ("khan-(?P<BUG_FIX_VERSION>[0-9]+)",)})
    with pytest.raises(Missing, match="does not read back"):
        names_from_parameters(product(tags=tags), {LINE: "8.9.csap", NUMBER: "999"})


def test_a_placeholder_that_nothing_fills_is_a_fault_of_the_product_file():
    for make in ("khan-{NOPE}", "khan-{BUG_FIX_VERSION.real}", "khan-{0}", "khan-{"):
        with pytest.raises(Missing, match=r"tags\.make"):
            names_from_parameters(product(tags=PRODUCT.tags.model_copy(update={"make": make})), {LINE: "8.9.csap", NUMBER: "999"})


def outcome_of(read):
    try:
        return read()
    except NaruError as stop:
        return stop.exit_code


@given(st.text(max_size=80))
@settings(max_examples=100, deadline=None)
def test_whatever_text_comes_it_is_a_release_or_an_expected_stop(text):
    for read in (lambda: names(line=text), lambda: names(number=text), lambda: names_from_tag(PRODUCT, text)):
        found = outcome_of(read)
        assert (found in {2, 3}) if isinstance(found, int) else set(found.tag + found.version) <= set(string.ascii_letters + string.digits + "._-")


@given(st.integers(1, 999_999), st.sampled_from(["8.9.csap", "8.8.4"]))
@settings(max_examples=100, deadline=None)
def test_every_release_reads_back_from_its_tag(number, line):
    made = names(line=line, number=str(number))
    assert names_from_tag(PRODUCT, made.tag) == made
    assert read_tag(PRODUCT, made.tag)[NUMBER] == str(number)
