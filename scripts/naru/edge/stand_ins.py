"""Registries and load balancers of the sandbox: containers of one small image made of Debian packages.

Resting state: each container runs with the configuration that its label names, or is not there.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from contextlib import AbstractContextManager
from pathlib import Path

from naru.edge.clock import SystemClock
from naru.edge.debian import make_root
from naru.edge.docker import Docker
from naru.edge.files import write_durably
from naru.edge.state_dir import StateDir
from naru.errors import Missing, OutsideDown
from naru.model.sandbox import BalancedApp, BalancedApps, RegistryPlace, Sandbox

REPOSITORY = "naru-stand-ins"
PACKAGES = ("docker-registry", "haproxy", "ca-certificates")
HOOKS = ['mkdir -p "$1/tmp" "$1/run" "$1/var/lib/haproxy" "$1/etc" && printf "root:x:0:0:root:/:/bin/false\\n" > "$1/etc/passwd"']
USER = "naru"

REGISTRY_CONFIG = {
    "version": 0.1,
    "log": {"level": "warn", "accesslog": {"disabled": True}},
    "storage": {"filesystem": {"rootdirectory": "/var/lib/docker-registry"}, "delete": {"enabled": True}},
    "http": {"addr": ":5000"},
}
"""Debian's own file asks for a login everywhere; naru says itself where one is asked for."""


def login_file(state: StateDir, cloud: str) -> Path:
    """Docker config JSON of the registry that plays the cloud's own."""
    return state.folder("logins") / f"target-{cloud}.json"


class StandIns:
    """Makes and heals the sandbox's registries and load balancers."""

    def __init__(self, sandbox: Sandbox, state: StateDir, docker: Docker, clock: SystemClock) -> None:
        self._sandbox = sandbox
        self._state = state
        self._docker = docker
        self._clock = clock

    @property
    def tag(self) -> str:
        """`naru-stand-ins:HASH` of the packages."""
        return f"{REPOSITORY}:{hashlib.sha256(repr((PACKAGES, HOOKS)).encode()).hexdigest()[:12]}"

    def present(self) -> bool:
        """True if the image is there."""
        return self._docker.inspect_image(self.tag) is not None

    def ensure_image(self) -> bool:
        """Build the image where it is missing; True if it was built."""
        if self.present():
            return False
        root = self._state.cache("roots") / f"stand-ins-{self.tag.rsplit(':', 1)[-1]}.tar"
        if not root.is_file():
            make_root(root, PACKAGES, variant="extract", hooks=HOOKS)
        self._docker.import_image(root, self.tag)
        return True

    def ensure_network(self) -> bool:
        """Make the sandbox's network; True if it was made."""
        if self._docker.inspect_network(self._sandbox.network) is not None:
            return False
        self._docker.make_network(self._sandbox.network, self._sandbox.subnet)
        return True

    def ensure_registry(self, place: RegistryPlace, login: tuple[str, str] | None) -> bool:
        """Run one registry, with a login if given; True if anything was done."""
        folder = self._state.folder("registries", place.container)
        config = {**REGISTRY_CONFIG}
        if login is not None:
            self._write_htpasswd(folder / "htpasswd", *login)
            config["auth"] = {"htpasswd": {"realm": "naru", "path": "/etc/naru-registry/htpasswd"}}
        write_durably(folder / "config.json", json.dumps(config).encode())  # JSON is YAML
        # What clouds run must stay pullable after `clouds down` and `up`: the content stands in the state folder.
        data = self._state.folder("registry-data", place.container)
        options = ["--publish", f"{place.address}:5000", "--volume", f"{data}:/var/lib/docker-registry", "--volume", f"{folder}:/etc/naru-registry:ro"]
        return self.ensure_container(place.container, options, ["docker-registry", "serve", "/etc/naru-registry/config.json"])

    def ensure_container(self, name: str, options: list[str], command: list[str]) -> bool:
        """Run a container of the stand-ins image exactly so; True if it was made or started."""
        wanted = hashlib.sha256(repr((self.tag, options, command)).encode()).hexdigest()[:16]
        found = self._docker.inspect(name)
        if found is not None and found["Config"]["Labels"].get("naru.dev/made") != "1":
            raise Missing(f"A container named '{name}' is there, but naru did not make it.", hint=f"Rename or remove it: docker rm {name}")
        if found is not None and found["Config"]["Labels"].get("naru.dev/config") == wanted:
            if found["State"]["Running"]:
                return False
            self._docker.start(name)
            return True
        if found is not None:
            self._docker.remove(name)
        network = ["--network", self._sandbox.network, "--label", f"naru.dev/config={wanted}"]
        try:
            self._docker.run_detached(name, self.tag, options=[*network, *options], command=command)
        except OutsideDown as error:
            self._docker.remove(name)
            if "address already in use" in error.message or "port is already allocated" in error.message:
                raise OutsideDown(f"{name} could not start: its loopback port is taken: {error.message}", hint="Free the port or change kind/sandbox.yaml.") from None
            raise
        return True

    def balancer_files(self, name: str) -> Path:
        """Folder with the configuration of one load balancer, mounted into its container."""
        return self._state.folder("balancers", name)

    def balancing(self, name: str) -> AbstractContextManager[None]:
        """Hold what leads one load balancer: other processes wait, for the second or so that a change takes."""
        return self._state.lock(f"balancer-{name}", doing=f"a change of {name}", wait=True)

    def balanced_apps(self, name: str) -> tuple[BalancedApp, ...]:
        """What the load balancer was last said to lead to; nothing where no one has said it yet."""
        path = self._state.folder("balanced") / f"{name}.json"
        return BalancedApps.from_json(path.read_bytes(), where=str(path)).apps if path.is_file() else ()

    def keep_balanced_apps(self, name: str, apps: tuple[BalancedApp, ...]) -> None:
        """Remember what the load balancer leads to, before it is told so."""
        text = BalancedApps(apps=apps).model_dump_json(indent=2)
        write_durably(self._state.folder("balanced") / f"{name}.json", text.encode())

    def ensure_balancer(self, name: str, config: str, ports: range) -> bool:
        """Run a load balancer with this configuration; a changed one is reloaded without dropping a connection."""
        path = self.balancer_files(name) / "haproxy.cfg"
        changed = not path.is_file() or path.read_text() != config
        if changed:
            write_durably(path, config.encode())
        options = ["--volume", f"{path.parent}:/etc/haproxy-naru:ro"]
        for port in ports:
            options += ["--publish", f"127.0.0.1:{port}:{port}"]
        made = self.ensure_container(name, options, ["haproxy", "-W", "-db", "-f", "/etc/haproxy-naru/haproxy.cfg"])
        if changed and not made:
            self._docker.kill(name, "USR2")  # the master starts a new worker; the old one finishes its connections
        return made or changed

    def login(self, cloud: str) -> tuple[str, str]:
        """User and password of the cloud's target registry; made once, kept in a private file."""
        path = self._state.folder("logins") / f"target-{cloud}.password"
        if not path.is_file():
            write_durably(path, secrets.token_urlsafe(18).encode(), mode=0o600)
        return USER, path.read_text()

    def keep_login(self, cloud: str, text: str) -> bool:
        """Keep the docker config JSON with which a promotion copies images; True if it was not so before."""
        path = login_file(self._state, cloud)
        if path.is_file() and path.read_text() == text:
            return False
        write_durably(path, text.encode(), mode=0o600)
        return True

    def _write_htpasswd(self, path: Path, user: str, password: str) -> None:
        import bcrypt

        if path.is_file() and bcrypt.checkpw(password.encode(), path.read_text().strip().split(":", 1)[1].encode()):
            return
        write_durably(path, f"{user}:{bcrypt.hashpw(password.encode(), bcrypt.gensalt(6)).decode()}\n".encode(), mode=0o600)
