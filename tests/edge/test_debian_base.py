"""The layer of a base image: what stays, what is made, and that it is always the same bytes."""

import io
import tarfile

import pytest

from naru.edge.debian_base import JAVA_STORE, control_texts, trust_files, write_layer

EPOCH = 1_700_000_000


def packed(path, names, *, mtime=1):
    with tarfile.open(path, "w") as tar:
        for name in names:
            member = tarfile.TarInfo(name)
            member.mtime, member.uname, member.size = mtime, "builder", 0 if name.endswith("/") else 4
            member.type = tarfile.DIRTYPE if name.endswith("/") else tarfile.REGTYPE
            tar.addfile(member, io.BytesIO(b"text") if member.size else None)
        for name, kind in (("./dev/null", tarfile.CHRTYPE), ("./usr/bin/a", tarfile.LNKTYPE)):
            member = tarfile.TarInfo(name)
            member.type, member.linkname, member.mtime = kind, "./usr/bin/b" if kind == tarfile.LNKTYPE else "", mtime
            tar.addfile(member)
    return path


NAMES = ["./", "./usr/", "./usr/bin/", "./usr/bin/b", "./usr/share/doc/x", "./var/lib/dpkg/status.d/libc6", "./tmp/"]


def layer(tmp_path, names=None, **more):
    target = tmp_path / "layer.tar"
    write_layer(
        packed(tmp_path / "packed.tar", names or NAMES, **more), target, left_out=lambda path: path.startswith("/usr/share/doc"),
        links={"/usr/bin/java": "/opt/java"}, files={"/etc/passwd": b"root:x:0:0::/:\n"}, epoch=EPOCH,
    )
    return target


@pytest.fixture
def members(tmp_path):
    with tarfile.open(layer(tmp_path)) as tar:
        return {member.name: (member, tar.extractfile(member).read() if member.isreg() else b"") for member in tar}


def test_links_files_and_folders_that_set_up_would_have_made_are_there(members):
    assert members["usr/bin/java"][0].linkname == "/opt/java"
    assert members["etc/passwd"][1] == b"root:x:0:0::/:\n"
    assert members["tmp"][0].mode == 0o1777


def test_devices_and_what_is_left_out_are_not_there(members):
    assert "dev/null" not in members
    assert not [name for name in members if "doc" in name]


def test_a_hard_link_still_leads_to_its_file_and_comes_after_it(members):
    assert list(members).index("usr/bin/a") > list(members).index("usr/bin/b")
    assert members["usr/bin/a"][0].linkname == "usr/bin/b"


def test_every_date_is_the_definition_s_and_owners_are_numbers(members):
    assert {member.mtime for member, _ in members.values()} == {EPOCH}
    assert {member.uname for member, _ in members.values()} == {""}


def test_order_and_dates_of_the_packages_do_not_matter(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first = layer(tmp_path / "a").read_bytes()
    assert layer(tmp_path / "b", list(reversed(NAMES)), mtime=99).read_bytes() == first


def test_the_packages_control_files_are_read(tmp_path):
    assert control_texts(packed(tmp_path / "p.tar", NAMES)) == ("text",)


def test_without_certificates_there_is_no_trust_store_and_with_them_there_is(tmp_path):
    assert trust_files(packed(tmp_path / "a.tar", NAMES), epoch=EPOCH) == {}
    found = trust_files(packed(tmp_path / "b.tar", [*NAMES, "./usr/share/ca-certificates/mozilla/A.crt"]), epoch=EPOCH)
    assert found[JAVA_STORE].startswith(b"\xfe\xed\xfe\xed")
