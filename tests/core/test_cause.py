"""The sentence of a cause quotes what the container said last."""

import pytest

from naru.core.cause import cause_of
from naru.core.sign import Reason, Said, Sign
from naru.model.logs import ContainerLog

SIGN = Sign(Reason.crash_loop, "Pod/egov-1", Said("It keeps crashing.", "계속 죽습니다."))


def logged(*lines):
    text = "".join(f"2026-01-01T00:00:0{number}Z {line}\n" for number, line in enumerate(lines))
    return ContainerLog(namespace="khan", pod="egov-1", uid="u", container="egov", container_id="c", number=0, how="followed", whole=True, exit_code=7, text=text)


@pytest.mark.parametrize(("lines", "quoted"), [
    (("starting", "no licence found"), "no licence found"),
    (("no licence found", "starting"), "no licence found"),
    (("Error: port taken", "closing", "bye"), "Error: port taken"),
    (("Error: old and mended", "reading", "listening", "bye"), "bye"),
    (("starting", "bye"), "bye"),
])
def test_the_line_that_names_a_fault_is_quoted_whichever_stream_came_first(lines, quoted):
    assert cause_of(SIGN, [logged(*lines)]).sentence == f'It keeps crashing. Its last words: "{quoted}"'


def test_a_container_that_said_nothing_is_not_quoted():
    assert cause_of(SIGN, []).sentence == "It keeps crashing."
