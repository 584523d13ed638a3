"""Packages that do not come: the words that the programs really printed, the sentence and exit code they become."""

import re

import pytest

from naru.edge.command import CommandResult
from naru.edge.debian import MIRROR
from naru.edge.go_build import PROXY
from naru.edge.package_source import package_fault
from naru.errors import Missing, OutsideDown

GO_403 = "go: downloading sigs.k8s.io/kind v0.30.0\nsigs.k8s.io/kind@v0.30.0: reading http://127.0.0.1:9/kind/@v/v0.30.0.zip: 403 Forbidden"
GO_DEAD = 'sigs.k8s.io/kind@v0.30.0: Get "http://127.0.0.1:9/kind/@v/v0.30.0.zip": dial tcp 127.0.0.1:9: connect: connection refused'
GO_FULL = "go: writing go.mod cache: write /state/go-mod/x: no space left on device"
GO_OTHER = "cmd/kind/main.go:3:1: syntax error"
APT_403 = """I: running apt-get update...
Err:1 http://mirror.example/debian bookworm InRelease
  403  Forbidden [IP: 127.0.0.1 9]
E: The repository 'http://mirror.example/debian bookworm InRelease' is not signed.
E: Failed to fetch http://mirror.example/debian/dists/bookworm/InRelease  403  Forbidden [IP: 127.0.0.1 9]
E: apt-get update --error-on=any failed
I: main() received signal PIPE: waiting for setup...
E: mmdebstrap failed to run"""
APT_DEAD = """E: Failed to fetch http://mirror.example/debian/dists/bookworm/InRelease  Could not connect to 127.0.0.1:9 (127.0.0.1). - connect (111: Connection refused)
E: apt-get update --error-on=any failed
E: mmdebstrap failed to run"""
APT_503 = "E: Failed to fetch http://mirror.example/debian/dists/bookworm/InRelease  503  Service Unavailable [IP: 127.0.0.1 9]"
APT_OTHER = "E: Unable to locate package haproxi\nE: apt-get update failed\nE: mmdebstrap failed to run"


def fault(words, source=PROXY):
    return package_fault("It could not be made", CommandResult(("x",), 1, "", words), source)


@pytest.mark.parametrize(("words", "source", "kind", "sentence"), [
    (GO_403, PROXY, Missing, r"the Go module proxy refused this machine: .*v0\.30\.0\.zip: 403 Forbidden$"),
    (APT_403, MIRROR, Missing, r"the Debian mirror refused this machine: E: Failed to fetch .* 403  Forbidden"),
    ("407  Proxy Authentication Required", MIRROR, Missing, "refused this machine: 407"),
    ("ERROR: HTTP error 403 while getting x: 403 Client Error: Forbidden", PROXY, Missing, "refused this machine"),
    ("ERROR: No version (from versions: none)", PROXY, Missing, "offered nothing, as it does when it refuses"),
    (GO_DEAD, PROXY, OutsideDown, "the Go module proxy did not answer: .*connection refused$"),
    (APT_DEAD, MIRROR, OutsideDown, "the Debian mirror did not answer: E: Failed to fetch"),
    (APT_503, MIRROR, OutsideDown, "did not answer: E: Failed to fetch .* 503  Service Unavailable"),
    (GO_FULL, PROXY, Missing, "the disk is full"),
    (GO_OTHER, PROXY, OutsideDown, r"made: cmd/kind/main\.go:3:1: syntax error$"),
    (APT_OTHER, MIRROR, OutsideDown, "made: E: Unable to locate package haproxi$"),
])
def test_what_the_program_printed_becomes_one_sentence_and_the_right_kind_of_stop(words, source, kind, sentence):
    found = fault(words, source)
    assert type(found) is kind


    assert re.search(sentence, found.message), found.message
    assert "\n" not in found.message
    assert found.hint


@pytest.mark.parametrize("words", [GO_403, GO_DEAD])
def test_the_hint_names_how_another_source_is_chosen(words):
    assert "GOPROXY" in fault(words).hint
