"""The node image of the kind clusters, built from Go modules and Debian packages, once per hash of its inputs.

kind's contract for a node image (v0.30) and what was measured about it stand in docs/operations.md.
Resting state: the image `naru-node:HASH` exists whole, or not at all; every part that was finished is in the cache.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml import YAML

from naru.edge.clock import SystemClock
from naru.edge.debian import EXCLUDED, SUITE, make_root
from naru.edge.docker import Docker
from naru.edge.go_build import GoBuilder, GoModule, module_hash
from naru.edge.image_archive import write_archive
from naru.edge.state_dir import StateDir
from naru.errors import OutsideDown
from naru.model.node_image import NodeImageSpec, ProgramImage

REPOSITORY = "naru-node"
BUILDER = "naru-node-builder"
CONTAINERD_SECONDS = 60.0

PROXY_PACKAGES = ("iptables", "conntrack")
PROXY_LINKS = [
    f'ln -sf /usr/sbin/xtables-nft-multi "$1/usr/sbin/{name}"'
    for name in (
        "iptables", "iptables-save", "iptables-restore", "ip6tables", "ip6tables-save", "ip6tables-restore",
        "iptables-nft", "iptables-nft-save", "iptables-nft-restore", "ip6tables-nft", "ip6tables-nft-save", "ip6tables-nft-restore",
    )
]
"""Debian links these by maintainer scripts, which an extracted root does not run."""

DOCKERFILE = """FROM {base}
ENV container=docker
STOPSIGNAL SIGRTMIN+3
ENTRYPOINT ["/usr/local/bin/entrypoint", "/sbin/init"]
"""
"""What `docker commit` cannot say: without its stop signal systemd takes a stop for a restart and is killed later."""


@dataclass(frozen=True)
class Step:
    """One part of the build, as the progress display names it."""

    title: str
    seconds: float
    """Usual duration on two cores when nothing is cached: the weight of the bar."""


ROOT = Step("Debian: node root", 25)
PROXY = Step("Debian: kube-proxy base", 12)
ARCHIVES = Step("Component images", 12)
ASSEMBLY = Step("Assembling the node image", 45)

Report = Callable[[Step, float], None]
"""Called with the step under way and how much of it (0 to 1) is done."""


class NodeImageBuilder:
    """Builds the image; `go` finds a compiler only when one is needed."""

    def __init__(self, folder: Path, state: StateDir, docker: Docker, go: Callable[[], Path], clock: SystemClock) -> None:
        self._folder = folder
        self._state = state
        self._docker = docker
        self._go = go
        self._clock = clock
        self.spec = read_spec(folder / "node" / "images.yaml")

    @property
    def tag(self) -> str:
        """`naru-node:HASH` of the inputs as they stand."""
        digest = hashlib.sha256(_recipe())
        for module in self.modules():
            digest.update(module_hash(module).encode())
        for path in sorted((self._folder / "node").rglob("*")):
            if path.is_file():
                digest.update(str(path.relative_to(self._folder)).encode() + path.read_bytes() + bytes([path.stat().st_mode & 0o100 and 1]))
        return f"{REPOSITORY}:{digest.hexdigest()[:12]}"

    def modules(self) -> list[GoModule]:
        """The Go modules in the order in which they are built."""
        return [
            GoModule(self._folder / "modules" / module.folder, dict(module.packages), " ".join(["-s", "-w", *module.ldflags]))
            for module in self.spec.modules
        ]

    def present(self) -> bool:
        """True if the image for the present inputs is there."""
        return self._docker.inspect_image(self.tag) is not None

    def seconds(self) -> float:
        """Length of the progress bar: the usual seconds of all steps with nothing cached."""
        return sum(module.seconds for module in self.spec.modules) + sum(step.seconds for step in (ROOT, PROXY, ARCHIVES, ASSEMBLY))

    def programs(self, report: Report) -> dict[str, Path]:
        """Program name → path, for all modules; builds what is missing."""
        found: dict[str, Path] = {}
        for module, spec in zip(self.modules(), self.spec.modules, strict=True):
            step = Step(f"Go: {spec.folder}", spec.seconds)
            report(step, 0)
            found |= GoBuilder(self._go, self._state).build(module, _line_counter(step, spec.compiled_packages, report))
            report(step, 1)
        return found

    def build(self, report: Report) -> str:
        """Build what is missing and give the tag."""
        programs = self.programs(report)
        root = self._root("node", self._packages(), variant="minbase", hooks=[], step=ROOT, report=report)
        proxy = self._root("proxy", PROXY_PACKAGES, variant="extract", hooks=PROXY_LINKS, step=PROXY, report=report)
        archives = list(self._archives(programs, proxy, report))
        self._assemble(root, programs, archives, report)
        return self.tag

    def _packages(self) -> tuple[str, ...]:
        text = (self._folder / "node" / "packages.txt").read_text()
        return tuple(line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#"))

    def _root(self, name: str, packages: tuple[str, ...], *, variant: str, hooks: list[str], step: Step, report: Report) -> Path:
        report(step, 0)
        digest = hashlib.sha256(repr((packages, variant, hooks, EXCLUDED, SUITE)).encode()).hexdigest()[:12]
        target = self._state.cache("roots") / f"{name}-{digest}.tar"
        if not target.is_file():
            make_root(target, packages, variant=variant, hooks=hooks)
        report(step, 1)
        return target

    def _archives(self, programs: dict[str, Path], proxy: Path, report: Report) -> Iterator[Path]:
        step = ARCHIVES
        for number, image in enumerate(self.spec.images):
            report(step, number / len(self.spec.images))
            yield self._archive(image, programs[image.program], proxy)
        report(step, 1)

    def _archive(self, image: ProgramImage, program: Path, proxy: Path) -> Path:
        base = proxy if image.base == "packages" else None
        digest = hashlib.sha256(f"{image.model_dump_json()}{program}{base}".encode()).hexdigest()[:12]
        target = self._state.cache("archives") / f"{image.program}-{digest}.tar"
        if not target.is_file():
            partial = target.with_suffix(".partial")
            write_archive(
                partial, name=image.name, program=program, inner_path=image.path or f"/usr/bin/{image.program}",
                entrypoint=list(image.entrypoint), base=base,
            )
            partial.rename(target)
        return target

    def _assemble(self, root: Path, programs: dict[str, Path], archives: list[Path], report: Report) -> None:
        step = ASSEMBLY
        report(step, 0)
        base = f"{REPOSITORY}-base:{root.stem.rsplit('-', 1)[-1]}"
        if self._docker.inspect_image(base) is None:
            self._docker.import_image(root, base)
        report(step, 0.3)
        with self._builder(base):
            self._load_images(archives)
            report(step, 0.6)
            self._docker.exec(BUILDER, ["/bin/sh", "-c", _TIDY], timeout=60)
            self._docker.copy_in(BUILDER, self._folder / "node" / "files", "/")
            for name in self.spec.on_node:
                self._docker.copy_in(BUILDER, programs[name], f"/usr/bin/{name}")
            self._docker.exec(BUILDER, ["/bin/sh", "-c", _SETTLE], timeout=60)
            report(step, 0.8)
            self._docker.commit(BUILDER, f"{self.tag}-files")
        self._docker.build(DOCKERFILE.format(base=f"{self.tag}-files"), self.tag)
        self._docker.remove_image(f"{self.tag}-files")
        report(step, 1)

    @contextlib.contextmanager
    def _builder(self, base: str) -> Iterator[None]:
        self._docker.remove(BUILDER)
        # Unpacking needs overlay mounts, which an overlay file system refuses: so the store is built on a volume.
        self._docker.run_detached(BUILDER, base, options=["--privileged", "--volume", "/store"], command=["sleep", "3600"])
        try:
            yield
        finally:
            self._docker.remove(BUILDER)

    def _load_images(self, archives: list[Path]) -> None:
        self._docker.exec(BUILDER, ["/bin/sh", "-c", "mkdir -p /store/archives && exec setsid -f containerd --root /store/containerd >/store/log 2>&1"])
        self._wait_for_containerd()
        for archive in archives:
            self._docker.copy_in(BUILDER, archive, f"/store/archives/{archive.name}")
            self._docker.exec(BUILDER, ["ctr", "--namespace", "k8s.io", "images", "import", f"/store/archives/{archive.name}"], timeout=120)
            self._docker.exec(BUILDER, ["rm", f"/store/archives/{archive.name}"])

    def _wait_for_containerd(self) -> None:
        deadline = self._clock.monotonic() + CONTAINERD_SECONDS
        while not self._docker.exec(BUILDER, ["ctr", "version"], check=False).ok:
            if self._clock.monotonic() > deadline:
                log = self._docker.exec(BUILDER, ["tail", "-n", "3", "/store/log"], check=False).stdout.strip()
                raise OutsideDown(f"containerd in the image builder did not answer within {CONTAINERD_SECONDS:g} s: {log}")
            self._clock.sleep(0.2)


_TIDY = """set -e
pkill --exact containerd
# The first process of this container reaps nobody, so a dead containerd stays as a zombie: wait for the live ones.
while pgrep --exact --runstates D,R,S containerd >/dev/null; do sleep 0.1; done
rm -rf /var/lib/containerd && cp -a /store/containerd /var/lib/containerd
rm -rf /var/lib/containerd/io.containerd.content.v1.content/ingest/*
# The unpacked snapshots are what runs; large blobs (layers) would only be a second copy on each node's disk.
find /var/lib/containerd/io.containerd.content.v1.content/blobs -type f -size +64k -delete
"""

_SETTLE = """set -e
chmod 0755 /usr/bin/kubelet /usr/bin/kubeadm /usr/bin/kubectl
rm -f /etc/machine-id /etc/resolv.conf.dpkg-* /lib/systemd/system/sysinit.target.wants/*udev* /lib/systemd/system/sockets.target.wants/*udev*
rm -f /lib/systemd/system/sockets.target.wants/*initctl* /lib/systemd/system/local-fs.target.wants/* /lib/systemd/system/multi-user.target.wants/getty.target
rm -f /etc/systemd/system/*.wants/e2scrub* /lib/systemd/system/timers.target.wants/*
systemctl enable containerd kubelet naru-egress >/dev/null 2>&1
systemctl set-default multi-user.target >/dev/null 2>&1
mkdir -p /etc/containerd/certs.d /var/lib/kubelet /etc/kubernetes/manifests
rm -rf /var/cache/apt/* /var/lib/apt/lists/* /var/log/*
"""


def _line_counter(step: Step, expected: int, report: Report) -> Callable[[str], None]:
    """Reports a step's share by the lines that its program prints."""
    lines = itertools.count(1)
    return lambda _line: report(step, min(0.99, next(lines) / expected))


def _recipe() -> bytes:
    """What else the image depends on: the texts that shape it, and the writer of image archives."""
    archive_writer = (Path(__file__).parent / "image_archive.py").read_bytes()
    return repr((DOCKERFILE, _TIDY, _SETTLE, PROXY_PACKAGES, PROXY_LINKS, EXCLUDED, SUITE)).encode() + archive_writer


def read_spec(path: Path) -> NodeImageSpec:
    """The committed list of programs and images."""
    return NodeImageSpec.model_validate_json(_as_json(path))


def _as_json(path: Path) -> str:
    import json

    return json.dumps(YAML(typ="safe").load(path.read_text()))
