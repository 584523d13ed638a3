"""Signs that an image cannot be had: its name, not found, denied, another architecture, or a registry that fails."""

from __future__ import annotations

import re
from collections.abc import Iterator

from naru.core.said import Said
from naru.core.seen_container import SeenContainer
from naru.core.sign import Reason, Sign

PLATFORM = re.compile(r"no match for platform|exec format error|no matching manifest", re.IGNORECASE)
NOT_FOUND = re.compile(r"not found|manifest unknown|name unknown|NotFound|repository does not exist", re.IGNORECASE)
DENIED = re.compile(r"denied|unauthorized|forbidden|authorization failed|no basic auth|\b40[13]\b", re.IGNORECASE)
INVALID = re.compile(r"invalid reference format|couldn't parse image|failed to parse image", re.IGNORECASE)
PULLING = {"ErrImagePull", "ImagePullBackOff"}
WAIT_FOR_ANOTHER = 1e9
"""A pull that failed once for another reason may succeed at the next try."""

FINAL = (
    (INVALID, Reason.image_name, "has no valid name", "이름이 올바르지 않음"),
    (PLATFORM, Reason.image_platform, "has no build for this node's architecture", "이 노드의 아키텍처용 빌드가 없음"),
    (NOT_FOUND, Reason.image_not_found, "was not found in the registry", "레지스트리에 없음"),
    (DENIED, Reason.image_denied, "was denied by the registry (look at the pull secret)", "레지스트리가 거부함 (풀 시크릿 확인)"),
)
"""Answers of a registry that another try will not change."""


def image_signs(seen: SeenContainer) -> Iterator[Sign]:
    """Signs of one container that waits for its image."""
    reason, message = str(seen.waiting.get("reason") or ""), str(seen.waiting.get("message") or "")
    image = str(seen.spec.get("image") or seen.status.get("image") or "")
    if reason == "InvalidImageName":
        said = Said(f"cannot start, the image name '{image}' is not valid", f"시작할 수 없음, 이미지 이름 '{image}'이 올바르지 않음")
        yield seen.sign(Reason.image_name, said, lines=(message,))
    elif reason == "ErrImageNeverPull":
        said = Said(f"cannot start, the image {image} is not on the node and its pull policy is Never",
                    f"시작할 수 없음, 이미지 {image}가 노드에 없고 풀 정책이 Never임")
        yield seen.sign(Reason.image_never_pull, said, lines=(message,))
    elif reason in PULLING:
        yield _pull_sign(seen, image, message)


def _pull_sign(seen: SeenContainer, image: str, message: str) -> Sign:
    for pattern, reason, en, ko in FINAL:
        if pattern.search(message.replace(image, "")):
            said = Said(f"cannot start, the image {image} {en}", f"시작할 수 없음, 이미지 {image}: {ko}")
            return seen.sign(reason, said, lines=(message,))
    failures = seen.history.pull_failures.get(seen.key, 0)
    said = Said(f"cannot start, the image {image} could not be pulled in {max(failures, 1)} tries",
                f"시작할 수 없음, 이미지 {image} 가져오기 {max(failures, 1)}회 실패")
    return seen.sign(Reason.image_pull, said, grace=0 if failures >= 2 else WAIT_FOR_ANOTHER, lines=(message,))
