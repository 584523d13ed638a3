"""A sign that a release will not come up: what was seen, how long it may last, what it means."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from naru.core.said import Said


class Reason(StrEnum):
    """The fixed words for the root cause of a rollout that failed or could not be judged."""

    image_name = "ImageName"
    image_never_pull = "ImageNeverPull"
    image_not_found = "ImageNotFound"
    image_denied = "ImageDenied"
    image_platform = "ImagePlatform"
    image_pull = "ImagePull"
    wrong_image = "WrongImage"
    start_error = "StartError"
    crash_loop = "CrashLoop"
    out_of_memory = "OutOfMemory"
    died_after_ready = "DiedAfterReady"
    restarted = "Restarted"
    missing_config = "MissingConfig"
    unschedulable = "Unschedulable"
    quota = "QuotaExceeded"
    admission = "AdmissionRefused"
    volume = "VolumeMount"
    sandbox = "PodSandbox"
    probe = "ProbeFailing"
    flapping = "Flapping"
    no_gain = "NoNetGain"
    job_failed = "JobFailed"
    old_pods = "OldPodsLinger"
    progress_deadline = "ProgressDeadline"
    deadline = "Deadline"
    node_pressure = "NodePressure"
    superseded = "Superseded"
    blind = "WatchGap"
    home_page = "HomePage"
    lost_requests = "LostRequests"
    not_monitored = "NotMonitored"
    not_applied = "NotApplied"
    baseline = "BaselineNotUp"


INCONCLUSIVE = frozenset({Reason.superseded, Reason.node_pressure, Reason.blind})
"""What says nothing about the release itself."""


class Sign(NamedTuple):
    """`grace` seconds may pass while it lasts, counted from its first sight; then it decides."""

    reason: Reason
    object: str
    """`Kind/name`."""
    said: Said
    grace: float = 0.0
    container: str = ""
    lines: tuple[str, ...] = ()
    """Messages of the cluster that show it; log lines are added afterwards."""

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes it the same sign at the next look."""
        return (self.reason, self.object, self.container)
