"""The live view: per cloud the pods as `kubectl get pods` names them, and what is still awaited."""

from __future__ import annotations

import sys
import threading
from types import TracebackType
from typing import TYPE_CHECKING, Self

from naru.core.pod_table import PodRow, pod_rows
from naru.core.rollout import RolloutJudge, RolloutState
from naru.core.rollout_rules import awaited
from naru.edge.clock import SystemClock
from naru.edge.console import on_terminal, terminal
from naru.model.words import Verdict
from naru.steps.rollout_watch import OnLook

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.live import Live

REFRESH = 0.25
"""Seconds between two drawings."""

ENDED = {Verdict.passed: "up and stable; judging what the home page answered"}
"""The watch's own end is not the proof's yet: the answers that were gathered beside it count too."""


class PodView:
    """On a terminal one table a cloud, drawn again as it changes; without one a line when the awaited thing changes."""

    def __init__(self, *, verbose: bool = False) -> None:
        self._fancy = on_terminal() and not verbose
        self._verbose = verbose
        self._clock = SystemClock()
        self._guard = threading.Lock()
        self._rows: dict[str, list[PodRow]] = {}
        self._awaited: dict[str, str] = {}
        self._live: Live | None = None
        self._drawn: dict[str, float] = {}

    def __enter__(self) -> Self:
        if self._fancy:
            from rich.live import Live

            self._live = Live(console=terminal(), refresh_per_second=4, transient=True, redirect_stdout=sys.stdout.isatty())
            self._live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._live is not None:
            self._live.stop()

    def looker(self, cloud: str) -> OnLook:
        """What a cloud's watch calls at each look."""

        def look(judge: RolloutJudge, state: RolloutState) -> None:
            self._look(cloud, judge, state)

        return look

    def say(self, cloud: str, text: str) -> None:
        """One line about a cloud."""
        self._set(cloud, text)

    def _look(self, cloud: str, judge: RolloutJudge, state: RolloutState) -> None:
        if self._fancy:
            now = self._clock.monotonic()
            if now - self._drawn.get(cloud, 0.0) < REFRESH and state.verdict is None:
                return
            self._drawn[cloud] = now
            self._rows[cloud] = pod_rows(judge.world, self._clock.now())
        waiting = "; ".join(u.said.en for u in state.unmet) if self._verbose else awaited(state.unmet)
        waiting = waiting or ("watching that it stays so" if state.stable_since is not None else "")
        self._set(cloud, ENDED.get(state.verdict, str(state.verdict)) if state.verdict else waiting)

    def _set(self, cloud: str, text: str) -> None:
        with self._guard:
            changed = self._awaited.get(cloud) != text
            self._awaited[cloud] = text
            if self._live is not None:
                self._live.update(self._drawing())
            elif changed and text:
                print(f"{cloud}: {text}", file=sys.stderr, flush=True)

    def _drawing(self) -> RenderableType:
        from rich.console import Group
        from rich.table import Table

        tables = []
        for cloud in sorted(self._awaited):
            table = Table("NAME", "READY", "STATUS", "RESTARTS", "AGE", box=None, title=f"{cloud}: {self._awaited[cloud]}", title_justify="left")
            for row in self._rows.get(cloud, []):
                table.add_row(row.name, row.ready, row.status, str(row.restarts), row.age)
            tables.append(table)
        return Group(*tables)
