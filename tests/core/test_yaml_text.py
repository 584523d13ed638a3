"""Values written as YAML read back as the same values, by libyaml and by a reader of YAML 1.2."""

import io
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from naru.core.safe_yaml import load_plain
from naru.core.yaml_text import yaml_documents, yaml_text

TRAPS = ["", " ", "no", "Yes", "0755", "1_000", "12:30", "0o17", "8.9", "1e3", "null", "~", "a: b", "a #b", "#a", "- a", "? a", "a:", ":a", "@a", "`a",
         "%a", "'a'", '"a"', "\\", "a\nb", "a\nb\n", "a\n\nb", " a\nb", "a \nb", "\ta", "a\tb", "\n", "a\n\n", "2026-11-23", "=", "<<", "*a", "&a", "!a",
         "{a}", "[a", "a,b", "\x85", "\u2028", "\ufeff", "\x00", "한글 텍스트", "😀", "---", "...", "a ", "é", "true", "+1", ".5", "-"]


@pytest.mark.parametrize("text", TRAPS, ids=repr)
def test_every_trap_is_text_again_as_value_key_and_item(text):
    for value in ({"a": text}, {text: "a"}, [text], {"a": [[text], {"b": text}]}):
        assert_same(value)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-10**12, 10**12) | st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=30)
    | st.floats(allow_nan=False, allow_infinity=False, min_value=-1e15, max_value=1e15).filter(lambda number: not number.is_integer() and abs(number) > 1e-4),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=20), inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
@settings(max_examples=300, deadline=None)
def test_any_value_reads_back(value):
    assert_same(value)


def test_documents_stand_apart():
    assert yaml_documents([{"a": 1}, {"b": 2}]) == "a: 1\n---\nb: 2\n"


def assert_same(value):
    text = yaml_text(value)
    assert load_plain(text, "it") == value, text
    other = YAML(typ="safe", pure=True).load(io.StringIO(text))
    assert close(other, value), text


def close(one, two):
    if isinstance(one, dict) and isinstance(two, dict):
        return one.keys() == two.keys() and all(close(one[key], two[key]) for key in one)
    if isinstance(one, list) and isinstance(two, list):
        return len(one) == len(two) and all(map(close, one, two))
    return math.isclose(one, two) if isinstance(two, float) else one == two
