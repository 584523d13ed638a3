"""An API server and etcd of our own on loopback, from the node image's programs, that a test may kill and start anew."""

from __future__ import annotations

import base64
import os
import signal
import socket
import subprocess
from pathlib import Path

import yaml

from naru.edge.clock import SystemClock
from naru.edge.cluster import Cluster
from naru.edge.kubeconfig import read_access
from naru.edge.state_dir import StateDir
from naru.errors import NaruError
from naru.wiring.clouds import node_image_builder

READY_SECONDS = 120.0


class ApiServer:
    def __init__(self, folder: Path) -> None:
        programs = node_image_builder(StateDir.from_environment()).programs(lambda _step, _share: None)
        self.folder, self.programs = folder, programs
        self.etcd_port, self.peer_port, self.port = free_ports(3)
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self._certificates()
        self.kubeconfig = self._kubeconfig()

    def start(self) -> None:
        """Start what does not run and wait until the API answers."""
        address, peer = f"http://127.0.0.1:{self.etcd_port}", f"http://127.0.0.1:{self.peer_port}"
        self._run("etcd", ["--data-dir", str(self.folder / "etcd"), "--listen-client-urls", address, "--advertise-client-urls", address,
                           "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", f"default={peer}", "--unsafe-no-fsync"])
        at = self.folder
        self._run("kube-apiserver", [
            f"--etcd-servers={address}", f"--secure-port={self.port}", "--bind-address=127.0.0.1", "--advertise-address=127.0.0.1",
            f"--tls-cert-file={at}/server.crt", f"--tls-private-key-file={at}/server.key", f"--client-ca-file={at}/ca.crt",
            f"--service-account-key-file={at}/server.key", f"--service-account-signing-key-file={at}/server.key",
            "--service-account-issuer=https://naru.test", "--authorization-mode=RBAC", "--service-cluster-ip-range=10.99.0.0/24",
            "--disable-admission-plugins=ServiceAccount", "--endpoint-reconciler-type=none"])
        clock, cluster = SystemClock(), self.cluster()
        end = clock.monotonic() + READY_SECONDS
        while True:
            try:
                cluster.uid()
            except NaruError:
                assert clock.monotonic() < end, (self.folder / "kube-apiserver.log").read_text()[-2000:]
                clock.sleep(0.2)
            else:
                return

    def kill(self, program: str = "kube-apiserver") -> None:
        """SIGKILL: no goodbye to anybody."""
        process = self.running.pop(program)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(30)

    def stop(self) -> None:
        for program in list(self.running):
            self.kill(program)

    def cluster(self, name: str = "own", **options: str) -> Cluster:
        return Cluster(name, read_access(self.kubeconfig), **options)

    def _run(self, program: str, arguments: list[str]) -> None:
        if program in self.running:
            return
        with (self.folder / f"{program}.log").open("ab") as log:
            self.running[program] = subprocess.Popen([self.programs[program], *arguments], stdout=log, stderr=log, start_new_session=True)

    def _certificates(self) -> None:
        at = self.folder
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", at / "ca.key", "-out", at / "ca.crt", "-subj", "/CN=naru-test")
        (at / "names").write_text("subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n")
        for name, subject in (("server", "/CN=kube-apiserver"), ("admin", "/O=system:masters/CN=admin")):
            openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", at / f"{name}.key", "-out", at / f"{name}.csr", "-subj", subject)
            openssl("x509", "-req", "-in", at / f"{name}.csr", "-CA", at / "ca.crt", "-CAkey", at / "ca.key", "-CAcreateserial",
                    "-out", at / f"{name}.crt", "-extfile", at / "names")

    def _kubeconfig(self) -> Path:
        def inline(name: str) -> str:
            return base64.b64encode((self.folder / name).read_bytes()).decode()

        path = self.folder / "kubeconfig"
        path.write_text(yaml.safe_dump({
            "current-context": "own", "contexts": [{"name": "own", "context": {"cluster": "own", "user": "admin"}}],
            "clusters": [{"name": "own", "cluster": {"server": f"https://127.0.0.1:{self.port}", "certificate-authority-data": inline("ca.crt")}}],
            "users": [{"name": "admin", "user": {"client-certificate-data": inline("admin.crt"), "client-key-data": inline("admin.key")}}]}))
        return path


def openssl(*words: object) -> None:
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)


def free_ports(count: int) -> list[int]:
    doors = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [door.getsockname()[1] for door in doors]
    for door in doors:
        door.close()
    return ports
