"""What naru needs of a machine, for which commands, and the command that mends what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Need(StrEnum):
    """For what a requirement is needed."""

    always = "every command"
    build = "build-images"
    release = "publish-release, promote"
    clouds = "clouds, verify-*, demo"
    test = "test"


@dataclass(frozen=True)
class Program:
    """A program on the path and the package that brings it."""

    name: str
    debian: str
    rocky: str
    """Package on Rocky and RHEL 9; empty where there is none, which `only_debian` explains."""
    need: Need
    only_debian: str = ""


PROGRAMS = (
    Program("git", "git", "git-core", Need.always),
    Program("buildah", "buildah", "buildah", Need.build),
    Program("mvn", "maven", "maven", Need.build),
    Program("javac", "openjdk-17-jdk-headless", "java-17-openjdk-devel", Need.build),
    Program("mmdebstrap", "mmdebstrap", "", Need.clouds, "Node image and sandbox base image are made of Debian packages; give --image and a base by digest instead."),
    Program("skopeo", "skopeo", "skopeo", Need.release),
    Program("dockerd", "docker.io", "", Need.clouds, "Clusters are made with Docker; run the verify stages on a Debian or Ubuntu agent, or install Docker from its own packages."),
    Program("iptables", "iptables", "iptables-nft", Need.clouds),
    Program("haproxy", "haproxy", "haproxy", Need.clouds),
    Program("pdns_server", "pdns-server pdns-backend-sqlite3", "", Need.clouds, "Only the DNS mode of verify-failover needs it."),
    Program("docker-registry", "docker-registry", "", Need.test, "Only the tests start a registry as a program."),
    Program("wrk", "wrk", "", Need.test, "Only the load engine's cross-check needs it."),
    Program("chromium", "chromium chromium-driver fonts-noto-cjk", "chromium", Need.test),
)


@dataclass(frozen=True)
class Finding:
    """One line of `naru doctor`."""

    name: str
    found: bool
    need: str
    detail: str
    mend: str = ""

    def plain(self) -> dict[str, object]:
        """JSON-ready."""
        return {"name": self.name, "found": self.found, "needed_for": self.need, "detail": self.detail, "mend": self.mend}


def program_finding(program: Program, path: str | None, *, apt: bool) -> Finding:
    """Found where, or how to get it on this kind of system."""
    if path:
        return Finding(program.name, found=True, need=program.need, detail=path)
    if apt:
        mend = f"apt-get install --yes --no-install-recommends {program.debian}"
    elif program.rocky:
        mend = f"dnf install --assumeyes {program.rocky}"
    else:
        mend = program.only_debian
    return Finding(program.name, found=False, need=program.need, detail="not found", mend=mend)


def system_finding(os_release: str, platform: str) -> Finding:
    """What this system is good for; `os_release` is the text of /etc/os-release, empty where there is none."""
    names = dict(line.split("=", 1) for line in os_release.splitlines() if "=" in line)
    title = names.get("PRETTY_NAME", platform).strip('"')
    family = f"{names.get('ID', '')} {names.get('ID_LIKE', '')}".replace('"', "").split()
    known = bool({"debian", "ubuntu"} & set(family))
    detail = title if known else f"{title}: the CLI and every stage that needs no cluster run here; the clouds need Debian or Ubuntu"
    return Finding("system", found=known, need=Need.clouds, detail=detail, mend="Run clouds and verify-* on a Debian or Ubuntu agent.")


def missing_for(findings: list[Finding], need: Need) -> list[Finding]:
    """What is missing for one kind of command, what every command needs included."""
    return [item for item in findings if not item.found and item.need in {need, Need.always}]
