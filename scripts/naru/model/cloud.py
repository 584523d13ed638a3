"""cloud.yaml: one cloud's registry, clusters, endpoints, limits and declared differences."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from naru.model.overlays import Substitution
from naru.model.record import Name, Record, Sha256

HostPort = Annotated[str, Field(pattern=r"\A[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?(:[0-9]{1,5})?\Z")]
Seconds = Annotated[float, Field(gt=0, le=86_400)]
ShortText = Annotated[str, Field(min_length=1, max_length=500)]


class App(Record):
    """One workload of the product as this cloud names it."""

    name: Name
    """The product's name of the app; equals the image's name in images.json."""
    kind: Literal["Deployment", "StatefulSet"] = "Deployment"
    deployment: Name
    """Name of the workload, of whichever kind."""
    service: Name
    endpoint_port: int = Field(ge=1024, le=65_535)
    """Loopback port of the stand-in's load balancer for this app (verify role; target role adds 1000)."""
    home_path: str = "/"
    health_path: str = "/health"
    marker: ShortText
    """Text that the home page must carry."""
    expected_replicas: int = Field(default=1, ge=0, le=1000)
    """Expected number of pods where no HPA owns the number."""


class RegistryAccess(Record):
    """The cloud's own registry."""

    host: HostPort
    credential_env: str = ""
    """Name of the environment variable that holds the path of the login file; empty in the sandbox."""


class PatchedField(Record):
    """One more scalar that a release changes, besides name, tag and digest under `images`."""

    file: ShortText
    path: ShortText
    """Dotted path in the file; list items by index; a number in front and `:` names the document (`1:metadata.name`)."""
    value: ShortText
    """New value; `{version}`, `{version_dns}`, `{tag}` and `{commit}` are filled in."""


class GslbRules(Record):
    """How the site's global load balancer watches this cloud."""

    interval_seconds: Seconds = 1
    timeout_seconds: Seconds = 1
    fall: int = Field(default=2, ge=1, le=20)
    rise: int = Field(default=2, ge=1, le=20)
    weight: int = Field(default=100, ge=1, le=256)
    dns_ttl_seconds: Seconds = 5
    check: Literal["http", "tcp", "none"] = "http"
    """What the site's load balancer asks: a page, only a TCP connection, or nothing at all."""
    path: str = Field(default="", pattern=r"\A(/[!-~]*)?\Z")
    """Page of the http check; empty means the app's health path. The home page with its marker cannot lie."""
    sticky: bool = False
    """The site binds clients to a cloud by a cookie, and keeps them there while the cloud is out."""
    when_all_down: Literal["closed", "open"] = "closed"
    """DNS answers while no cloud is healthy: none (`closed`), or all of them (`open`)."""


class RolloutLimits(Record):
    """Limits of the rollout proof."""

    deadline_seconds: Seconds = 180
    stability_seconds: Seconds = 10
    start_seconds: Seconds = 60
    """A container that runs may take so long until it is ready, or longer where its own probes allow it."""
    progress_seconds: Seconds = 120
    """A workload that lacks ready pods must gain one within so long of its last gain or its newest pod's start, or within
    what `start_seconds` and its own probes allow where that is more. Pods that only come back are no gain."""
    home_answers: int = Field(default=20, ge=1, le=1000)
    home_p99_milliseconds: float = Field(default=1000, gt=0)
    lost_requests: int = Field(default=0, ge=0)


class ScalingLimits(Record):
    """Limits of the scaling proof."""

    decide_seconds: Seconds = 45
    ready_seconds: Seconds = 30
    availability: float = Field(default=0.999, gt=0, le=1)
    p99_milliseconds: float = Field(default=1500, gt=0)
    overshoot_pods: int = Field(default=1, ge=0)
    """Or a quarter of the expected number, whichever is more."""
    scale_down_wait_seconds: float = Field(default=0, ge=0, le=3600)
    """Pods must not leave sooner than this after the load fell; the HPA's own window holds where it is longer."""
    scale_down_seconds: Seconds = 60
    """From the end of that window to the minimum."""
    apm_seconds: Seconds = 15
    """From a new pod's readiness to the APM listing it."""
    most_requests_per_second: float = Field(default=500, gt=0, le=5000)
    """No more than this is ever offered."""
    load_path: str = Field(default="", pattern=r"\A(/[!-~]*)?\Z", max_length=200)
    """Page that the load asks for; empty means the home page. One whose cost is mostly its own work, not the connection's or a
    cold program's, makes the step land where it was aimed."""


class FailoverLimits(Record):
    """Limits of the fail-over proof."""

    detection_seconds: Seconds = 3
    rto_seconds: Seconds = 3.5
    pause_rto_seconds: Seconds = 6
    failed_requests: int = Field(default=0, ge=0)
    failback_errors: int = Field(default=0, ge=0)
    requests_per_second: float = Field(default=100, gt=0, le=5000)
    dns_rto_seconds: Seconds = 10
    prediction_percent: float = Field(default=15, gt=0, le=100)
    """How far the measured RTO of DNS mode may lie from the predicted one."""
    share_points: float = Field(default=10, gt=0, le=100)
    """How far a cloud's share may lie from its weight, in points of 100."""
    restore_seconds: Seconds = 120
    """From the undo to ready endpoints."""
    failback_seconds: Seconds = 30
    """From ready endpoints to the share being back."""
    cold_p99_milliseconds: float = Field(default=2000, gt=0)
    """p99 of the returned cloud's first answers."""
    survivor_p99_milliseconds: float = Field(default=1500, gt=0)
    """p99 of the remaining clouds while they carry the load of the lost one."""
    latency_floor_milliseconds: float = Field(default=250, gt=0)
    """Recovered means p99 within twice the steady state's, or within this where that is more."""
    late_send_p99_milliseconds: float = Field(default=50, gt=0)
    """Sends later than this make the measurement inconclusive."""


class Limits(Record):
    """Every limit of this cloud; the report prints each beside its measured value."""

    rollout: RolloutLimits = RolloutLimits()
    scaling: ScalingLimits = ScalingLimits()
    failover: FailoverLimits = FailoverLimits()


class StorageClass(Record):
    """A StorageClass of the cloud that the stand-in must have too."""

    name: Name
    default: bool = False


class StandInSecret(Record):
    """A Secret that the rendered bytes refer to; `clouds up` makes it in the sandbox from these values."""

    name: Name
    type: Literal["Opaque", "kubernetes.io/dockerconfigjson"] = "Opaque"
    values: dict[str, str] = {}
    """Declared stand-in values, never real ones; ignored for a pull secret, which the sandbox's login fills."""


class StandIn(Record):
    """How the clusters that stand in for this cloud are shaped."""

    storage_classes: tuple[StorageClass, ...] = ()
    node_labels: dict[str, str] = {}
    secrets: tuple[StandInSecret, ...] = ()
    kubernetes_version: str = ""
    """Version of the real cluster, for the static checks; empty means that of the stand-in."""


class ExecPlugin(Record):
    """A program that a kubeconfig may start to log in (Naver's `ncp-iam-authenticator` is one)."""

    path: Annotated[str, Field(pattern=r"\A/[^\x00]{1,400}\Z")]
    sha256: Sha256
    arguments: tuple[str, ...] = ()


class RealTarget(Record):
    """A real K-PaaS cluster instead of the sandbox's target stand-in."""

    kubeconfig_env: str
    """Environment variable with the path of the kubeconfig (a Jenkins credential)."""
    cluster_uid: str
    """uid of the kube-system namespace, pinned so that a swapped kubeconfig stops before any write."""
    ca_sha256: str
    """sha256 of the CA certificate's DER form, pinned for the same reason."""
    exec_plugins: tuple[ExecPlugin, ...] = ()
    """Allow-list of login programs; a service account's token needs none."""


class Window(Record):
    """Times at which this cloud may be promoted to; none declared means at any time."""

    days: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...]
    begin: Annotated[str, Field(pattern=r"\A([01][0-9]|2[0-3]):[0-5][0-9]\Z")]
    end: Annotated[str, Field(pattern=r"\A([01][0-9]|2[0-3]):[0-5][0-9]\Z")]
    timezone: str = "Asia/Seoul"


class ScopeRuleCoverage(StrEnum):
    """What covers a field class that the stand-in does not exercise."""

    dry_run = "server-side dry run"
    after_promotion = "check after promotion"
    waiver = "waiver"


class CloudConfig(Record):
    """cloud.yaml, whole."""

    schema_number: Literal[1] = 1
    name: Name
    title: dict[Literal["en", "ko"], ShortText]
    namespace: Name
    pod_prefix: str
    """Prefix of this cloud's pods, as people know them (`ncloud-`)."""
    registry: RegistryAccess
    apps: tuple[App, ...] = Field(min_length=1)
    proven_app: Name
    """The app that scaling and fail-over are proven on."""
    apm_app: Name | None = None
    """The app that lists the instances that report to it; None where there is no monitoring to check."""
    patched_fields: tuple[PatchedField, ...] = ()
    gslb: GslbRules = GslbRules()
    limits: Limits = Limits()
    stand_in: StandIn = StandIn()
    target: RealTarget | None = None
    substitutions: tuple[Substitution, ...] = ()
    windows: tuple[Window, ...] = ()
    declared_differences: dict[str, ShortText] = {}
    """`Kind/name:path` pattern → why this cloud differs from the others there (`diff --across`)."""
    conditions: dict[str, ShortText] = {}
    """Kind of a custom resource → its condition that must be True; a kind without a rule is never healthy."""
    uncovered: dict[str, ScopeRuleCoverage] = {}
    """Field class that is not exercised → what covers it instead."""

    def app(self, name: str) -> App:
        """The app of that name; KeyError if the cloud has none (config is checked when loaded)."""
        return next(app for app in self.apps if app.name == name)
