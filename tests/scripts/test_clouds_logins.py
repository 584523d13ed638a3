"""`clouds up` leaves everything that a promotion asks of the machine: the logins of the registries that play the clouds'."""

import json
import stat

from naru.commands.clouds_up import _ensure_registries
from naru.edge.clock import SystemClock
from naru.edge.docker import Docker
from naru.edge.stand_ins import StandIns
from naru.edge.state_dir import StateDir
from naru.model.words import Role
from naru.steps.clouds_ports import Parts
from naru.wiring import clouds as wiring
from naru.wiring.config import load_clouds
from naru.wiring.promotion_images import cloud_registry


class Registries(StandIns):
    """The real files, no containers."""

    def ensure_network(self):
        return False

    def ensure_registry(self, place, login):
        return False


def test_after_the_first_up_of_a_machine_a_promotion_finds_the_login_of_each_targets_registry(tmp_path, monkeypatch):
    monkeypatch.setenv("NARU_STATE", str(tmp_path))
    sandbox = wiring.load_sandbox()
    parts = Parts(sandbox, Registries(sandbox, StateDir.from_environment(), Docker(), SystemClock()), "image", SystemClock())
    places = wiring.places([], Role.target, load_clouds())
    assert len(_ensure_registries(places, parts)) == len(places) >= 3
    assert _ensure_registries(places, parts) == []
    for cloud in load_clouds():
        address, _registry = cloud_registry(cloud)  # raises Missing where there is no login
        file = tmp_path / "logins" / f"target-{cloud.name}.json"
        assert set(json.loads(file.read_text())["auths"]) == {address}
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
