"""`naru doctor`: each requirement, found or missing, and the command that mends it."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from pathlib import Path

from naru.commands.common import Json, plain_app, print_json
from naru.core.clusters import PORTS_PER_CLOUD, first_port
from naru.core.preflight import GIB, disk_fault, system_fault
from naru.core.requirements import PROGRAMS, Finding, Need, program_finding, system_finding
from naru.edge.docker import Docker
from naru.edge.dockerd import CAP_SYS_RESOURCE, INOTIFY, NEEDED, PRIVILEGES, has_capability, missing_capabilities
from naru.edge.go_build import go_version
from naru.edge.ports import taken_ports
from naru.edge.state_dir import StateDir
from naru.errors import Missing, OutsideDown
from naru.model.words import Role
from naru.wiring import clouds as wiring
from naru.wiring.config import load_clouds

app = plain_app()

OS_RELEASE = Path("/etc/os-release")


@app.command()
def doctor(as_json: Json = False) -> None:
    """Look at this machine; exit 3 where something is missing that every command or the clouds need."""
    findings = look()
    if as_json:
        print_json({"findings": [item.plain() for item in findings]})
    else:
        for item in findings:
            print(f"{'ok     ' if item.found else 'MISSING'}  {item.name:<18} {item.detail}   [{item.need}]")
            if not item.found:
                print(f"         mend: {item.mend}")
    missing = [item.name for item in findings if not item.found and item.need != Need.test]
    if missing:
        raise Missing(f"Missing on this machine: {', '.join(missing)}.", hint="The lines above say how to mend each.")


def look() -> list[Finding]:
    """All findings, in the order in which a person would mend them."""
    apt = shutil.which("apt-get") is not None
    programs = [program_finding(item, _which(item.name), apt=apt) for item in PROGRAMS]
    docker = _daemon()
    return [_system(), _processor(), _python(), *programs, _root(), _docker(docker), _go(), *_capabilities(), *_inotify(), _disk(docker), *_ports(docker)]


def _daemon() -> Docker | None:
    """Docker where a daemon answers: one that hangs or is not installed is a finding, not the end of the list."""
    try:
        return docker if _which("docker") and (docker := Docker()).running() else None
    except OutsideDown:
        return None


def _which(name: str) -> str | None:
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


def _system() -> Finding:
    return system_finding(OS_RELEASE.read_text() if OS_RELEASE.is_file() else "", platform.system())


def _processor() -> Finding:
    fault = system_fault(platform.system(), platform.machine())
    return Finding("processor", found=fault is None, need=Need.clouds, detail=f"{platform.system()} on {platform.machine()}", mend=fault.mend if fault else "")


def _python() -> Finding:
    return Finding("python", found=sys.version_info >= (3, 11), need=Need.always, detail=platform.python_version(), mend="Install Python 3.11 or newer.")


def _root() -> Finding:
    return Finding("root", found=os.geteuid() == 0, need=Need.clouds, detail=f"user id {os.geteuid()}", mend="Run the clouds and verify stages as root.")


def _docker(docker: Docker | None) -> Finding:
    if docker or (os.geteuid() == 0 and _which("dockerd")):
        return Finding("docker daemon", found=True, need=Need.clouds, detail="answers" if docker else "not running; clouds up starts it")
    return Finding("docker daemon", found=False, need=Need.clouds, detail="does not answer", mend="sudo systemctl start docker")


def _go() -> Finding:
    own = _which("go")
    version = go_version(Path(own)) if own else (0, 0)
    detail = f"{own} {version[0]}.{version[1]}" if version >= (1, 24) else "none that is new enough; clouds up installs one from its lock"
    return Finding("go", found=True, need=Need.clouds, detail=detail)


def _capabilities() -> list[Finding]:
    has = has_capability(CAP_SYS_RESOURCE)
    detail = "held" if has else "missing; a daemon that naru starts leaves it out of containers"
    lacking = missing_capabilities()
    needed = [Finding(name, found=name not in lacking, need=Need.clouds, detail="missing" if name in lacking else "held", mend=PRIVILEGES) for name in NEEDED.values()]
    return [*needed, Finding("CAP_SYS_RESOURCE", found=True, need=Need.clouds, detail=detail)]


def _inotify() -> list[Finding]:
    found = []
    for name, wanted in INOTIFY.items():
        path = Path("/proc/sys") / name
        value = int(path.read_text()) if path.is_file() else 0
        good = value >= wanted or os.access(path, os.W_OK)
        found.append(Finding(name.rsplit("/", 1)[-1], found=good, need=Need.clouds, detail=f"{value} (six clusters want {wanted})", mend=f"sudo sysctl -w {name.replace('/', '.')}={wanted}"))
    return found


def _disk(docker: Docker | None) -> Finding:
    state = StateDir.from_environment()
    free = wiring.free_disk(state)
    there = docker is not None and wiring.node_image_builder(state).present()
    fault = disk_fault(free, image_there=there, new_clusters=6)
    return Finding("disk", found=fault is None, need=Need.clouds, detail=f"{free / GIB:.1f} GiB free", mend=fault.mend if fault else "")


def _ports(docker: Docker | None) -> list[Finding]:
    sandbox = wiring.load_sandbox()
    wanted = {sandbox.release_registry.port, sandbox.gslb_port, *(place.port for place in sandbox.target_registries.values())}
    for cloud in load_clouds():
        for role in Role:
            first = first_port(cloud, role, sandbox.target_port_offset)
            wanted |= set(range(first, first + PORTS_PER_CLOUD))
    ours = docker.published_ports() if docker else set()
    foreign = sorted((taken_ports() & wanted) - ours - {sandbox.gslb_port})
    detail = "free or ours" if not foreign else f"taken by others: {', '.join(map(str, foreign))}"
    return [Finding("loopback ports", found=not foreign, need=Need.clouds, detail=detail, mend="ss -ltnp names the programs; end them.")]
