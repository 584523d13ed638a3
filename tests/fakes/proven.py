"""A release that was proven, with everything the gate asks for; tests change one thing at a time."""

from __future__ import annotations

import dataclasses
import gzip
import hashlib
import json
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from naru.core.attestation import public_pem_of, sign_evidence
from naru.core.change_state import read_state, sign_statement
from naru.core.gate_facts import EvidenceFiles, GateFacts, Origin, Target
from naru.model.change_state import Approval, Hold
from naru.model.cloud import App, CloudConfig, RegistryAccess
from naru.model.evidence import Check, Evidence, RawFile, Subject
from naru.model.overlays import CloudOverlay, Coverage, Overlays, ScopeEntry
from naru.model.product import Build, ImageSpec, Line, Parameter, Person, Product, Source, Tags
from naru.model.record import Run
from naru.model.release import Image, Images, Release
from naru.model.words import Profile, Proof, Verdict

CLOUDS = ("naver", "ktcloud", "cocktail")
NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
VERSION = "8.9.csap-999"
COMMIT = "c" * 40
TAG_OBJECT = "a" * 40
CANDIDATE = "d" * 40


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def digest(text: str) -> str:
    return f"sha256:{sha(text)}"


@cache
def key(name: str) -> bytes:
    """A private key of its own for each name."""
    seed = hashlib.sha256(name.encode()).digest()
    return Ed25519PrivateKey.from_private_bytes(seed).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


@cache
def public(name: str) -> bytes:
    return public_pem_of(key(name))


PEOPLE = {name: Person(email=f"{name}@openmaru.example", key=public(name).decode()) for name in ("kim", "lee", "park")}


def product(**changes) -> Product:
    base = Product(
        name="khan-monitoring", title={"en": "OPENMARU APM", "ko": "오픈마루 APM"},
        source=Source(url="sandbox:", branch="master"),
        parameters=(Parameter(name="BUG_FIX_VERSION", kind="text"),),
        lines=(Line(name="8.9", fields={}), Line(name="8.9.csap", marks=("csap",))),
        tags=Tags(make="t-{BUG_FIX_VERSION}", read=(r"t-(?P<BUG_FIX_VERSION>[0-9]+)",), version="{KHAN_RELEASE}-{BUG_FIX_VERSION}",
                  version_pattern=r"[0-9.a-z-]+"),
        build=Build(command=("true",)),
        images=tuple(ImageSpec(name=name, repository=f"khan/{name}", containerfile="Containerfile", base="sandbox-jre")
                     for name in ("openmaru-app", "egov")),
        clouds=CLOUDS, release_registry="127.0.0.1:15000", people=PEOPLE,
    )
    return base.model_copy(update=changes)


def cloud(name: str = "naver", **changes) -> CloudConfig:
    base = CloudConfig(
        name=name, title={"en": name, "ko": name}, namespace="khan", pod_prefix=f"{name}-",
        registry=RegistryAccess(host=f"registry.{name}.example"), proven_app="egov",
        apps=(App(name="openmaru-app", deployment=f"{name}-openmaru-app", service="openmaru-app", endpoint_port=18080, marker="마루"),
              App(name="egov", deployment="egov", service="egov", endpoint_port=18081, marker="egov")),
    )
    return base.model_copy(update=changes)


def release(version: str = VERSION, commit: str = COMMIT, **changes) -> Release:
    base = Release(
        product="khan-monitoring", line="8.9", version=version, tag=f"t-{version}", tag_object=TAG_OBJECT, commit=commit,
        commit_time=1_763_800_000, parameters={"BUG_FIX_VERSION": "999"},
    )
    return base.model_copy(update=changes)


def images(version: str = VERSION, commit: str = COMMIT) -> Images:
    return Images(version=version, commit=commit, images=tuple(
        Image(name=name, repository=f"khan/{name}", tag=version, digest=digest(name + version), config_digest=digest("c" + name),
              size=1000, labels={}, sbom_sha256=sha("sbom"), inputs_sha256=sha("in"))
        for name in ("openmaru-app", "egov")))


def rendered(version: str = VERSION) -> dict[str, str]:
    return {name: sha(f"{name} {version}") for name in CLOUDS}


def overlays(version: str = VERSION, candidate: str = CANDIDATE, hashes: dict[str, str] | None = None) -> Overlays:
    hashes = hashes or rendered(version)
    return Overlays(
        version=version, candidate_branch=f"candidate/{version}", candidate_commit=candidate, base_commit="b" * 40,
        kustomize_version="5.7.1",
        clouds=tuple(CloudOverlay(cloud=name, changes=(), rendered_sha256=value, applied_sha256=value, scope=SCOPE)
                     for name, value in hashes.items()),
    )


SCOPE = (
    ScopeEntry(kind="Deployment", name="egov", field_class="containers", coverage=Coverage.exercised, why="pods run"),
    ScopeEntry(kind="Service", name="egov", field_class="annotations", coverage=Coverage.inert, why="no load balancer"),
)
COVERED = {"annotations": "server-side dry run"}


def raw_bytes(verdict: str = "passed") -> bytes:
    return gzip.compress(json.dumps({"verdict": verdict}).encode(), mtime=0)


def judge(evidence: Evidence, raw) -> Verdict:
    """The stand-in for the three judges: the raw samples say what they show."""
    found = {json.loads(gzip.decompress(data))["verdict"] for data in raw.values()}
    return Verdict(found.pop()) if len(found) == 1 else Verdict.inconclusive


LIMITS = {proof: {"deadline_seconds": 180.0, "nested": {"one": 1}} for proof in Proof}


def evidence(proof: Proof = Proof.rollout, cloud_name: str = "naver", *, finished: datetime = NOW - timedelta(hours=1),
             raw: bytes | None = None, verdict: Verdict = Verdict.passed, version: str = VERSION, hashes=None, **subject) -> Evidence:
    where = "all" if proof is Proof.failover else cloud_name
    hashes = hashes or rendered(version)
    covered = hashes if proof is Proof.failover else {cloud_name: hashes[cloud_name]}
    about = {"product": "khan-monitoring", "version": version, "commit": COMMIT,
             "images": {image.name: image.digest for image in images(version).images}, "rendered": covered, "applied": covered}
    data = raw_bytes() if raw is None else raw
    return Evidence(
        run=Run(started=(finished - timedelta(minutes=1)).isoformat(), finished=finished.isoformat(), host="agent-1", naru_version="0.1.0"),
        proof=proof, cloud=where, subject=Subject(**(about | subject)), profile=Profile.fast,
        limits={**LIMITS[proof], "own": 3}, checks=(Check(name="one", verdict=verdict, sentence="It was so."),), verdict=verdict,
        raw=(RawFile(path=f"evidence/{where}.{proof}/samples.jsonl.gz", sha256=hashlib.sha256(data).hexdigest(), size=len(data)),),
    )


def files(item: Evidence, *, signer: str = "robot", raw: bytes | None = None) -> EvidenceFiles:
    return EvidenceFiles(
        document=item.model_dump_json(indent=2, exclude_none=True).encode(), envelope=sign_evidence(item, key(signer)),
        raw={entry.path: raw_bytes() if raw is None else raw for entry in item.raw},
    )


@cache
def usual_files(proof: Proof, cloud_name: str) -> EvidenceFiles:
    """The untampered evidence; signed once."""
    return files(evidence(proof, cloud_name))


def facts(cloud_name: str = "naver", **changes) -> GateFacts:
    """Everything true and fresh; `changes` replace whole fields."""
    base = GateFacts(
        product=product(), cloud=cloud(cloud_name, uncovered=COVERED), release=release(), images=images(), overlays=overlays(),
        evidence={proof: usual_files(proof, cloud_name) for proof in Proof}, judges=dict.fromkeys(Proof, judge), limits=LIMITS,
        trusted_keys=(public("robot"),),
        origin=Origin(tag_object=TAG_OBJECT, tag_commit=COMMIT, images={image.name: image.digest for image in images().images},
                      candidate_commit=CANDIDATE, rendered=rendered(), applied=rendered(), scope=SCOPE),
        target=Target(uid=f"uid-{cloud_name}", expected_uid=f"uid-{cloud_name}", verify_uids=frozenset({"uid-verify"})),
        state=read_state({}, people_keys(), "khan-monitoring"), people_keys=people_keys(),
        authors=frozenset({"dev@openmaru.example"}), at=NOW,
    )
    return dataclasses.replace(base, **changes)


def people_keys() -> dict[str, bytes]:
    return {name: public(name) for name in PEOPLE}


def state(*statements, signer: str = "", extra: dict[str, bytes] | None = None):
    """naru/state with these statements, each signed by its maker."""
    from naru.core.change_state import file_of

    kept = {file_of(item, f"{number:03}"): sign_statement(item, key(signer or item.by)) for number, item in enumerate(statements)}
    return read_state({**kept, **(extra or {})}, people_keys(), "khan-monitoring")


def hold(by: str = "kim", **changes) -> Hold:
    base = Hold(product="khan-monitoring", by=by, at=NOW.isoformat(), reason="database work", cloud="naver")
    return base.model_copy(update=changes)


def approval(by: str = "kim", **changes) -> Approval:
    base = Approval(product="khan-monitoring", by=by, at=NOW.isoformat(), reason="read the report", version=VERSION, commit=COMMIT,
                    rendered=rendered(), until=(NOW + timedelta(days=1)).isoformat())
    return base.model_copy(update=changes)
