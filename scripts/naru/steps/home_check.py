"""Asks the home pages by the user's path while the stability window runs, so that the verdict need not wait for them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from naru.core.home_page import enough, judge_monitored
from naru.core.rollout import RolloutJudge, RolloutState
from naru.core.world import name
from naru.model.cloud import App
from naru.model.probe import PageAnswer
from naru.model.words import Verdict
from naru.steps.ports import Clock

MONITOR_SECONDS = 15.0
"""An app reports every few seconds; after this it should be listed."""

LONGEST_CHECK = 60.0
ROUTE_SECONDS = 5.0
"""How long the path to an app may stay closed after its pods are Ready. An app of one pod that is stopped before the next one
starts is unreachable until kube-proxy (a second) and the load balancer's health check have seen the new pod; asked 0.06 s
after Ready, a good release failed where the balancer came 1.7 s later."""
PACE_SECONDS = 0.05
"""Between questions beyond the wanted number. A pod is Ready before the nodes send to it (kube-proxy writes its rules once
a second at most): without a pause a fast app answers every question before its newest pod could have been asked."""


class Probe(Protocol):
    """Pages by the user's path."""

    def ask(self, app: str, port: int, path: str, marker: str = "") -> PageAnswer: ...

    def json(self, port: int, path: str) -> Any: ...


class HomeCheck:
    """Begun each time the rollout becomes stable; what was answered before it was is thrown away."""

    def __init__(
        self, apps: Sequence[App], port_of: Callable[[App], int], probe: Probe, clock: Clock, *, wanted: int, apm_app: str | None, version: str
    ) -> None:
        self._apps, self._port_of, self._probe, self._clock = apps, port_of, probe, clock
        self._wanted, self._apm, self._version = wanted, apm_app, version
        self._thread: threading.Thread | None = None
        self._stable: float | None = None
        self._cancel = threading.Event()
        self.pods: dict[str, tuple[str, ...]] = {}
        self.answers: list[PageAnswer] = []
        self.listed: Any = None

    def look(self, judge: RolloutJudge, state: RolloutState) -> None:
        """Told at each look; begins the check when everything has just become true."""
        if state.stable_since is None or state.stable_since == self._stable:
            return
        self._stop()
        self._stable = state.stable_since
        self.pods = {app.name: _pods(judge, app) for app in self._apps}
        self.answers, self.listed, self._cancel = [], None, threading.Event()
        self._thread = threading.Thread(target=self._run, args=(self.pods, self.answers, self._cancel), daemon=True)
        self._thread.start()

    def finish(self) -> None:
        """Wait until the check that was begun is done."""
        if self._thread is not None:
            self._thread.join(LONGEST_CHECK + MONITOR_SECONDS)

    def cancel(self) -> None:
        """End it without an answer."""
        self._stop()

    def _stop(self) -> None:
        self._cancel.set()
        if self._thread is not None:
            self._thread.join(LONGEST_CHECK)

    def _run(self, pods: dict[str, tuple[str, ...]], answers: list[PageAnswer], cancel: threading.Event) -> None:
        end = self._clock.monotonic() + LONGEST_CHECK
        for app in self._apps:
            mine: list[PageAnswer] = []
            opened = self._clock.monotonic() + ROUTE_SECONDS
            while not enough(mine, pods[app.name], self._wanted) and not cancel.is_set() and self._clock.monotonic() < end:
                answer = self._probe.ask(app.name, self._port_of(app), app.home_path, app.marker)
                if not mine and not answer.status and self._clock.monotonic() < opened:
                    self._clock.wait(cancel, PACE_SECONDS)
                    continue
                mine.append(answer)
                answers.append(answer)
                if len(mine) >= self._wanted:
                    self._clock.wait(cancel, PACE_SECONDS)
        self._monitor(pods, cancel)

    def _monitor(self, pods: dict[str, tuple[str, ...]], cancel: threading.Event) -> None:
        apm = next((app for app in self._apps if app.name == self._apm), None)
        if apm is None:
            return
        wanted = [pod for app, names in pods.items() if app != apm.name for pod in names]
        end = self._clock.monotonic() + MONITOR_SECONDS
        while not cancel.is_set():
            self.listed = self._probe.json(self._port_of(apm), "/api/instances")
            done = judge_monitored(self.listed, wanted, self._version).verdict is Verdict.passed
            if done or self._clock.monotonic() > end:
                return
            self._clock.wait(cancel, 0.5)


def _pods(judge: RolloutJudge, app: App) -> tuple[str, ...]:
    live = judge.world.get(app.kind, app.deployment)
    return tuple(name(pod) for pod in judge.world.new_pods(live)) if live is not None else ()
