"""Product options from words and environment."""

import pytest

from fakes.khan import product
from naru.core.product_parameters import described_options, given_parameters
from naru.errors import Malformed

PRODUCT = product()


def test_words_win_over_the_environment():
    found = given_parameters(PRODUCT, ["--khan-release", "8.9.csap"], {"KHAN_RELEASE": "8.8.4", "BUG_FIX_VERSION": "7", "PATH": "/bin"})
    assert found == {"KHAN_RELEASE": "8.9.csap", "BUG_FIX_VERSION": "7"}


def test_both_ways_of_writing_a_value_are_read():
    assert given_parameters(PRODUCT, ["--khan-release=a=b", "--bug-fix-version", "-1"], {}) == {"KHAN_RELEASE": "a=b", "BUG_FIX_VERSION": "-1"}


@pytest.mark.parametrize("words", [["--nope", "1"], ["x"], ["--khan-release"], ["--khan-release", "1", "--khan-release", "2"], ["-k", "1"], ["--"]])
def test_other_words_are_malformed(words):
    with pytest.raises(Malformed):
        given_parameters(PRODUCT, words, {})


def test_help_lists_each_option_with_what_it_takes():
    text = described_options(PRODUCT)
    assert "--khan-release" in text
    assert "8.9.csap, 8.8.4" in text
    assert "[1-9][0-9]{0,5}" in text
