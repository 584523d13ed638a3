"""The command of the night, as far as its own printing goes."""

from naru.commands.nightly import _run


def test_what_a_stage_prints_goes_beside_the_nights_own_result(capsys):
    assert _run(("status", "--help")) == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert "./naru status" in said.err
    assert "Usage" in said.err
