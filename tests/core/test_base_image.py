"""Base images from Debian packages: the lock, what differs from it, which files stay; and the shipped definition."""

import pytest

from fakes.build import definition
from naru.core.base_image import apt_preferences, base_inputs, is_left_out, lock_differences, read_control
from naru.errors import Missing
from naru.model.base_image import BasePackage
from naru.wiring.build import base_definitions


def package(name, version):
    return BasePackage(name=name, version=version, architecture="amd64", source=name)


def test_apt_is_asked_for_each_locked_version_before_any_other():
    text = apt_preferences(definition(locked={"zlib1g": "1:1.2", "libc6": "2.36"}))
    assert text.split("\n\n")[0] == "Package: libc6\nPin: version 2.36\nPin-Priority: 1001"
    assert "Package: zlib1g\nPin: version 1:1.2\n" in text


def test_each_difference_from_the_lock_is_one_sentence():
    found = (package("libc6", "2.37"), package("zlib1g", "1.3"))
    assert lock_differences({"libc6": "2.36", "gone": "1"}, found) == (
        "gone 1 is locked and was not needed",
        "libc6 2.36 is no longer to be had, 2.37 was taken",
        "zlib1g 1.3 is not locked",
    )
    assert lock_differences({"libc6": "2.37", "zlib1g": "1.3"}, found) == ()


def test_a_control_file_gives_name_version_and_source():
    text = "Package: libssl3\nSource: openssl (3.0.1)\nVersion: 3.0.22-1~deb12u2\nArchitecture: amd64\nDescription: x\n Version: trap\n"
    found = read_control(text)
    assert (found.name, found.version, found.source) == ("libssl3", "3.0.22-1~deb12u2", "openssl")


@pytest.mark.parametrize("text", ["", "Package: a\n", "Package: A B\nVersion: 1\nArchitecture: all\n"])
def test_a_broken_control_file_is_refused(text):
    with pytest.raises(Missing):
        read_control(text)


def test_left_out_patterns_cover_folders_below():
    assert is_left_out("/usr/share/doc/libc6/copyright", ("/usr/share/doc*",))
    assert not is_left_out("/usr/lib/libc.so.6", ("/usr/share/doc*",))


def test_whatever_enters_the_bytes_enters_the_hash():
    first = base_inputs(definition())
    assert base_inputs(definition()) == first
    assert len({first, base_inputs(definition(epoch=1)), base_inputs(definition(locked={})), base_inputs(definition(files={"/a": "b"}))}) == 4


def test_the_shipped_base_locks_every_package_that_it_asks_for():
    shipped = base_definitions()["sandbox-jre"]
    assert set(shipped.packages) <= set(shipped.locked)
    assert shipped.links["/usr/bin/java"].startswith("/usr/lib/jvm/")
