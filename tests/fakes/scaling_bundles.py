"""Recorded scaling runs as single files: `python tests/fakes/scaling_bundles.py` makes those of the small world anew.

`bundle_of_folder` makes one from the evidence of a real run.
"""

import gzip
import json
import sys
from pathlib import Path

DATA = Path(__file__).resolve().parents[1] / "data" / "scaling"


def load_bundle(name):
    """(run, limits as plain values) of a bundle."""
    from naru.core.scaling_files import run_from_raw

    plain = json.loads(gzip.decompress((DATA / f"{name}.json.gz").read_bytes()))
    return run_from_raw({key: text.encode() for key, text in plain["files"].items()}), plain["limits"]


def save_bundle(name, run, limits):
    """Write a bundle, the same bytes each time."""
    from naru.core.scaling_files import WATCH, raw_files, watch_file

    files = {key: data.decode() for key, data in {**raw_files(run), WATCH: watch_file(run)}.items()}
    text = json.dumps({"limits": limits, "files": files}, ensure_ascii=False, sort_keys=True)
    (DATA / f"{name}.json.gz").write_bytes(gzip.compress(text.encode(), mtime=0))


def bundle_of_folder(name, folder, cloud):
    """A bundle from a release folder's scaling evidence of one cloud."""
    from naru.core.scaling_files import NAMES, run_from_raw

    raw = Path(folder) / "evidence" / f"{cloud}.scaling"
    files = {n: (raw / n).read_bytes() if (raw / n).exists() else gzip.decompress((raw / f"{n}.gz").read_bytes()) for n in NAMES}
    save_bundle(name, run_from_raw(files), json.loads((Path(folder) / "evidence" / f"{cloud}.scaling.json").read_text())["limits"])


def cases():
    """Name → what is wrong with the world."""
    from fakes.scaling_broken import Broken

    return {
        "healthy": Broken(), "no-resource-requests": Broken(request=""), "max-too-low": Broken(high=3), "foreign-pod": Broken(foreign_pod=True),
        "metrics-never": Broken(metrics_never=True), "metrics-down-in-the-middle": Broken(metrics_down_at=6),
        "metrics-down-in-the-hold": Broken(metrics_down_at=25), "target-too-high": Broken(target=1000), "hpa-does-not-decide": Broken(hpa_deaf=True),
        "scale-down-too-early": Broken(early_drop=True), "thrash": Broken(thrash=True, own_window=0), "answers-500-while-scaling": Broken(new_pods_fail=4),
        "loses-requests-when-pods-leave": Broken(leavers_reset=True), "new-pods-get-no-traffic": Broken(new_pods_silent=True),
        "new-pods-never-ready": Broken(never_ready=True), "someone-else-scales": Broken(writer="kubectl-scale"), "apm-does-not-list": Broken(apm_forgets=True),
        "sends-late": Broken(late_ms=30), "watch-gap": Broken(gap=True), "too-slow": Broken(slow_ms=2500), "never-scales-down": Broken(stuck_up=True),
        "asks-for-too-many": Broken(extra_at_hold=True), "moves-before-the-step": Broken(jumps=True),
        "load-does-not-arrive": Broken(unreachable=True),
    }


def measure(world, cloud):
    """One measurement of a world by the real step."""
    from types import SimpleNamespace

    from fakes.scaling_world import site_of
    from naru.steps.effects import Effects
    from naru.steps.scaling_run import ScalingMeasurement

    quiet = SimpleNamespace(say=lambda _t: None, show=lambda _t: None, advance=lambda _a=1: None)
    log = SimpleNamespace(append=lambda _e: None)
    return ScalingMeasurement(site_of(world), cloud, Effects(log, world, stage="verify-scaling"), quiet).measure()


def main():
    """Make all bundles of the small world."""
    from fakes.scaling_world import World
    from naru.wiring.config import load_cloud

    cloud = load_cloud("naver")
    low = cloud.limits.model_copy(update={"scaling": cloud.limits.scaling.model_copy(update={"most_requests_per_second": 150.0})})
    DATA.mkdir(parents=True, exist_ok=True)
    for name, broken in cases().items():
        shown = cloud.model_copy(update={"limits": low}) if name == "target-too-high" else cloud
        run = measure(World(broken), shown)
        save_bundle(name, run, shown.limits.scaling.plain())


if __name__ == "__main__":
    root = Path(__file__).resolve().parents[2]
    sys.path[:0] = [str(root / "scripts"), str(root / "tests")]
    main()
