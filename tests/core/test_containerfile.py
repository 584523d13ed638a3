"""Which images a Containerfile may build on."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from naru.core.containerfile import check_base_reference, check_bases
from naru.errors import Missing

DIGEST = "registry.example/jre@sha256:" + "ab" * 32


@pytest.mark.parametrize(
    "text",
    [
        "FROM ${BASE}\n",
        "ARG BASE\n# FROM openjdk:17\nFROM $BASE AS app\nCOPY --from=app /a /b\n",
        f"FROM {DIGEST} as build\nRUN make\nFROM scratch\nCOPY --from=build /out /\nCOPY --from=0 /x /\n",
        f"FROM --platform=linux/amd64 {DIGEST}\nRUN a \\\n  FROM=x \\\n  b\n",
    ],
)
def test_the_given_base_a_digest_a_stage_and_scratch_are_allowed(text):
    check_bases(text, "Containerfile")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("FROM openjdk:17\n", "line 1: the image 'openjdk:17'"),
        ("FROM ${BASE}\n\nCOPY --from=busybox:latest /bin/sh /\n", "line 3: the image 'busybox:latest'"),
        (f"FROM {DIGEST}\nRUN --mount=type=bind,from=alpine cat x\n", "line 2: the image 'alpine'"),
        ("FROM ${BASE:-openjdk:17}\n", "line 1: the image '${BASE:-openjdk:17}'"),
        ("FROM \\\n  openjdk:17\n", "openjdk:17"),
        ("RUN true\n", "no FROM line"),
        ("", "no FROM line"),
        ("FROM a b c\n", "could not be read"),
        ("FROM later\nFROM ${BASE} AS later\n", "line 1: the image 'later'"),
    ],
)
def test_a_tag_that_can_be_moved_is_refused_with_its_line(text, said):
    with pytest.raises(Missing) as caught:
        check_bases(text, "Containerfile")
    assert said in caught.value.message


@settings(max_examples=60)
@given(st.text(max_size=200))
def test_any_text_is_either_accepted_or_refused_with_a_sentence(text):
    try:
        check_bases(text, "Containerfile")
    except Missing as error:
        assert error.message.startswith("Containerfile")  # noqa: PT017


def test_a_base_of_the_product_file_is_defined_or_by_digest():
    check_base_reference("sandbox-jre", ("sandbox-jre",))
    check_base_reference(DIGEST, ())
    with pytest.raises(Missing, match="by digest"):
        check_base_reference("openjdk:17", ("sandbox-jre",))
