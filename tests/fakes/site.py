"""A history of releases on three clouds, as branches and folders hold it."""

from __future__ import annotations

from naru.core.site import BranchEntry, FolderEntry, SiteFacts
from naru.model.evidence import Check, Evidence, Subject
from naru.model.promotion import CloudRecord
from naru.model.record import Run
from naru.model.timings import StageTime, Timings
from naru.model.words import Profile, Proof, Verdict

CLOUDS = ("naver", "ktcloud", "cocktail")
SHA = "a" * 64


def version(number):
    return f"8.9.csap-{number}"


def day(number):
    return f"2026-11-{number:02}T06:00:00+00:00"


def evidence(proof, cloud, number, summary, verdict=Verdict.passed):
    subject = Subject(product="khan-monitoring", version=version(number), commit="b" * 40, images={}, rendered={cloud: SHA}, applied={cloud: SHA})
    return Evidence(
        proof=proof, cloud=cloud, subject=subject, profile=Profile.fast, limits={}, checks=(Check(name="c", verdict=verdict, sentence="s"),), verdict=verdict,
        summary=summary, run=Run(started=day(number), finished=day(number), host="h", naru_version="0"),
    )


def proofs(cloud, number, *, rto=1.0, decide=12.0):
    lanes = [{"lane": "get", "rto_seconds": rto / 2, "detection_seconds": 0.5}, {"lane": "post", "rto_seconds": rto, "detection_seconds": None}]
    return (
        evidence(Proof.rollout, cloud, number, {"ready_seconds": 9.0 + number % 3 * 0.1}),
        evidence(Proof.scaling, cloud, number, {"phases": {"decide_seconds": decide, "serve_seconds": decide + 8}}),
        evidence(Proof.failover, "all", number, {"faults": [{"fault": "scale-to-zero", "lanes": lanes}]}),
    )


def promoted(cloud, number, **figures):
    record = CloudRecord(product="khan-monitoring", cloud=cloud, action="promote", version=version(number), at=day(number), by="kim")
    return BranchEntry(cloud, f"{number:040x}", record, proofs(cloud, number, **figures))


def back(cloud, bad, good, number):
    record = CloudRecord(product="khan-monitoring", cloud=cloud, action="rollback", version=version(good) if good else "", at=day(number), by="naru",
                         back_from=version(bad), back_because="Pod egov-1 crashed.")
    return BranchEntry(cloud, f"{number + 500:040x}", record)


def folder(number, **more):
    stages = (StageTime(name="build-images", seconds=30.0 + number % 2, exit_code=0), StageTime(name="promote", seconds=20.0, exit_code=0))
    return FolderEntry(**{"version": version(number), "timings": Timings(version=version(number), stages=stages), "began": day(number), **more})


def facts(*, branches=(), folders=(), faults=()):
    return SiteFacts(product="khan-monitoring", title={"en": "OPENMARU APM", "ko": "오픈마루 APM"}, clouds=CLOUDS, made=day(28), branches=tuple(branches),
                     folders=tuple(folders), faults=tuple(faults))


def many(count=12):
    """`count` quiet releases on every cloud; the last one decides late."""
    late = {count: 25.0}
    branches = [promoted(cloud, number, decide=late.get(number, 12.0 + number % 3 * 0.2)) for cloud in CLOUDS for number in range(1, count + 1)]
    return facts(branches=branches, folders=[folder(number, report=f"../{number}/report/index.html") for number in range(1, count + 1)])
