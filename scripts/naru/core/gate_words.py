"""Every reason of the gate: a fixed word with its sentence in English and Korean, and which of them may be overridden."""

from __future__ import annotations

from enum import StrEnum

from naru.model.promotion import Reason


class Code(StrEnum):
    """The gate's words. A word once published keeps its meaning: reports and pipelines match on it."""

    record_wrong = "record-wrong"
    line_unknown = "line-unknown"
    cloud_unknown = "cloud-unknown"
    tag_missing = "tag-missing"
    tag_moved = "tag-moved"
    image_missing = "image-missing"
    image_repointed = "image-repointed"
    candidate_missing = "candidate-missing"
    candidate_moved = "candidate-moved"
    render_changed = "render-changed"
    evidence_missing = "evidence-missing"
    evidence_empty = "evidence-empty"
    evidence_unreadable = "evidence-unreadable"
    evidence_unsigned = "evidence-unsigned"
    signature_wrong = "signature-wrong"
    evidence_edited = "evidence-edited"
    evidence_other_proof = "evidence-other-proof"
    evidence_other_cloud = "evidence-other-cloud"
    evidence_other_product = "evidence-other-product"
    evidence_other_version = "evidence-other-version"
    evidence_other_commit = "evidence-other-commit"
    evidence_other_images = "evidence-other-images"
    evidence_other_render = "evidence-other-render"
    evidence_other_applied = "evidence-other-applied"
    evidence_other_limits = "evidence-other-limits"
    evidence_expired = "evidence-expired"
    evidence_from_future = "evidence-from-future"
    raw_missing = "raw-missing"
    raw_edited = "raw-edited"
    proof_failed = "proof-failed"
    proof_inconclusive = "proof-inconclusive"
    rejudged_differently = "rejudged-differently"
    scope_uncovered = "scope-uncovered"
    held = "held"
    aborted = "aborted"
    frozen = "frozen"
    outside_window = "outside-window"
    approvals_missing = "approvals-missing"
    state_untrusted = "state-untrusted"
    wrong_cluster = "wrong-cluster"
    cluster_unknown = "cluster-unknown"
    branch_rewritten = "branch-rewritten"
    older_than_live = "older-than-live"
    dry_run_refused = "dry-run-refused"
    rollback_unpullable = "rollback-unpullable"
    # What a promotion is allowed by.
    proof_passed = "proof-passed"
    subject_equal = "subject-equal"
    origin_unchanged = "origin-unchanged"
    scope_covered = "scope-covered"
    approved = "approved"
    time_allowed = "time-allowed"


OVERRIDABLE = frozenset({
    Code.outside_window, Code.frozen, Code.older_than_live, Code.evidence_expired, Code.rollback_unpullable,
})
"""What a named person may override with a reason. What is unproven, untrue, held or unapproved never is: such a stop
has a door of its own (verify again, lift the hold, approve, waive)."""

SENTENCES: dict[Code, tuple[str, str]] = {
    Code.record_wrong: ("{what} does not fit the other records of this release: {detail}.",
                        "{what}이(가) 이 릴리스의 다른 기록과 맞지 않습니다: {detail}."),
    Code.line_unknown: ("The release line {line} is not in the installed product file.", "릴리스 라인 {line}이(가) 설치된 제품 파일에 없습니다."),
    Code.cloud_unknown: ("{cloud} is not a cloud of this product or of this candidate.", "{cloud}은(는) 이 제품 또는 이 후보의 클라우드가 아닙니다."),
    Code.tag_missing: ("Tag {tag} is not in the source repository any more.", "태그 {tag}이(가) 소스 저장소에 없습니다."),
    Code.tag_moved: ("Tag {tag} is on {now} now, but {then} was proven.", "태그 {tag}이(가) 지금은 {now}을(를) 가리키지만, 검증된 것은 {then}입니다."),
    Code.image_missing: ("Image {image} is not in the release registry.", "이미지 {image}이(가) 릴리스 레지스트리에 없습니다."),
    Code.image_repointed: ("The tag of image {image} points to {now} now, but {then} was proven.",
                           "이미지 {image}의 태그가 지금은 {now}을(를) 가리키지만, 검증된 것은 {then}입니다."),
    Code.candidate_missing: ("Branch {branch} is not in the config repository.", "설정 저장소에 브랜치 {branch}이(가) 없습니다."),
    Code.candidate_moved: ("Branch {branch} is on {now} now, but {then} was proven.", "브랜치 {branch}이(가) 지금은 {now}이지만, 검증된 것은 {then}입니다."),
    Code.render_changed: ("The overlay of {cloud} renders to {now} now, but {then} was proven.",
                          "{cloud} 오버레이의 렌더링 결과가 지금은 {now}이지만, 검증된 것은 {then}입니다."),
    Code.evidence_missing: ("There is no evidence of the {proof} proof.", "{proof} 검증의 증적이 없습니다."),
    Code.evidence_empty: ("The evidence of the {proof} proof holds no checks or no raw samples.", "{proof} 검증의 증적에 점검 항목이나 원본 표본이 없습니다."),
    Code.evidence_unreadable: ("The evidence of the {proof} proof cannot be read: {detail}", "{proof} 검증의 증적을 읽을 수 없습니다: {detail}"),
    Code.evidence_unsigned: ("The evidence of the {proof} proof is not signed.", "{proof} 검증의 증적에 서명이 없습니다."),
    Code.signature_wrong: ("The signature of the {proof} evidence is not by a trusted key: {detail}",
                           "{proof} 증적의 서명이 신뢰하는 키의 것이 아닙니다: {detail}"),
    Code.evidence_edited: ("The {proof} evidence is not what was signed.", "{proof} 증적이 서명된 내용과 다릅니다."),
    Code.evidence_other_proof: ("What stands as {proof} evidence is of the {other} proof.", "{proof} 증적 자리에 {other} 검증의 것이 있습니다."),
    Code.evidence_other_cloud: ("The {proof} evidence is of {other}, not of {cloud}.", "{proof} 증적은 {cloud}이(가) 아니라 {other}의 것입니다."),
    Code.evidence_other_product: ("The {proof} evidence is of product {other}.", "{proof} 증적은 다른 제품 {other}의 것입니다."),
    Code.evidence_other_version: ("The {proof} evidence is of version {other}, not of {version}.", "{proof} 증적은 {version}이(가) 아니라 {other} 버전의 것입니다."),
    Code.evidence_other_commit: ("The {proof} evidence is of commit {other}.", "{proof} 증적은 다른 커밋 {other}의 것입니다."),
    Code.evidence_other_images: ("The {proof} evidence is of other image digests: {detail}.", "{proof} 증적은 다른 이미지 다이제스트의 것입니다: {detail}."),
    Code.evidence_other_render: ("The {proof} evidence is of other rendered bytes ({other}).", "{proof} 증적은 다른 렌더링 결과({other})의 것입니다."),
    Code.evidence_other_applied: ("The {proof} evidence applied bytes ({other}) that cloud.yaml does not declare.",
                                  "{proof} 증적은 cloud.yaml에 선언되지 않은 적용 결과({other})의 것입니다."),
    Code.evidence_other_limits: ("The {proof} evidence was judged by other limits: {detail}.", "{proof} 증적은 다른 한도로 판정되었습니다: {detail}."),
    Code.evidence_expired: ("The {proof} evidence is {age} old; {limit} is the limit.", "{proof} 증적이 {age} 지났습니다. 한도는 {limit}입니다."),
    Code.evidence_from_future: ("The {proof} evidence bears a time that is still to come ({at}).", "{proof} 증적의 시각({at})이 미래입니다."),
    Code.raw_missing: ("Raw file {path} of the {proof} proof is not there.", "{proof} 검증의 원본 파일 {path}이(가) 없습니다."),
    Code.raw_edited: ("Raw file {path} of the {proof} proof is not what was signed.", "{proof} 검증의 원본 파일 {path}이(가) 서명된 내용과 다릅니다."),
    Code.proof_failed: ("The {proof} proof failed: {detail}", "{proof} 검증에 실패했습니다: {detail}"),
    Code.proof_inconclusive: ("The {proof} proof was inconclusive: {detail}", "{proof} 검증은 판정 불가입니다: {detail}"),
    Code.rejudged_differently: ("The {proof} evidence says {said}, but its raw samples judge to {found}.",
                                "{proof} 증적에는 {said}(이)라고 되어 있으나 원본 표본을 다시 판정하면 {found}입니다."),
    Code.scope_uncovered: ("{object} {field_class} is {coverage} on the stand-in and nothing covers it.",
                           "{object} {field_class}은(는) 대역 클러스터에서 {coverage} 상태이며 이를 보완하는 것이 없습니다."),
    Code.held: ("{cloud} is held by {by}: {detail}", "{cloud}은(는) {by}에 의해 배포 보류 중입니다: {detail}"),
    Code.aborted: ("Release {version} was aborted by {by}: {detail}", "릴리스 {version}은(는) {by}에 의해 중단되었습니다: {detail}"),
    Code.frozen: ("Changes are frozen until {until} by {by}: {detail}", "{until}까지 변경 동결 중입니다({by}): {detail}"),
    Code.outside_window: ("{cloud} may not be promoted to at {at}; the next window opens {opening}.",
                          "{cloud}은(는) {at}에 운영 반영할 수 없습니다. 다음 시간대는 {opening}에 시작합니다."),
    Code.approvals_missing: ("Line {line} needs {needed} approvals of distinct people other than the authors; {detail}.",
                             "라인 {line}은(는) 작성자가 아닌 서로 다른 {needed}명의 승인이 필요합니다. {detail}."),
    Code.state_untrusted: ("File {path} of naru/state cannot be trusted: {detail}", "naru/state의 파일 {path}을(를) 신뢰할 수 없습니다: {detail}"),
    Code.wrong_cluster: ("The cluster that answers as {cloud} is {found}, not {expected}.", "{cloud}(으)로 응답한 클러스터는 {expected}이(가) 아니라 {found}입니다."),
    Code.cluster_unknown: ("It is not known which cluster answers as {cloud}.", "{cloud}(으)로 응답하는 클러스터를 확인할 수 없습니다."),
    Code.branch_rewritten: ("Branch {branch} lacks commit {expected}, which was promoted before.", "브랜치 {branch}에 이전에 반영된 커밋 {expected}이(가) 없습니다."),
    Code.older_than_live: ("{cloud} runs {live}, which is newer than {version}.", "{cloud}에서 실행 중인 {live}이(가) {version}보다 새 버전입니다."),
    Code.dry_run_refused: ("The cluster of {cloud} refused the exact bytes in a dry run: {detail}",
                           "{cloud} 클러스터가 시험 적용(dry run)을 거부했습니다: {detail}"),
    Code.rollback_unpullable: ("Image {image} of the release that runs now is in no registry any more, so that going back would fail.",
                               "현재 실행 중인 릴리스의 이미지 {image}이(가) 레지스트리에 없어 되돌릴 수 없습니다."),
    Code.proof_passed: ("The {proof} proof passed, signed and judged again ({detail}).", "{proof} 검증에 합격했고, 서명을 확인하고 다시 판정했습니다({detail})."),
    Code.subject_equal: ("What was proven renders to {rendered} on {cloud}, as it does now.", "검증된 렌더링 결과 {rendered}은(는) 지금 {cloud}의 것과 같습니다."),
    Code.origin_unchanged: ("Tag {tag} and {count} images are as they were proven.", "태그 {tag}와(과) 이미지 {count}개가 검증 당시와 같습니다."),
    Code.scope_covered: ("{object} {field_class} ({coverage} on the stand-in) is covered by {by}.",
                         "{object} {field_class}(대역 클러스터에서 {coverage})은(는) {by}(으)로 보완됩니다."),
    Code.approved: ("Approved by {by}.", "{by} 승인."),
    Code.time_allowed: ("No freeze, inside the windows of {cloud}.", "변경 동결이 없으며 {cloud}의 허용 시간대입니다."),
}
"""Word → (English, Korean); every word has both (tests see to it)."""


def reason(code: Code, **values: object) -> Reason:
    """The word with its sentences filled in."""
    english, korean = SENTENCES[code]
    shown = {name: _shown(value) for name, value in values.items()}
    return Reason(code=code.value, sentence=english.format(**shown), sentence_ko=korean.format(**shown))


def _shown(value: object) -> str:
    """Values come from outside: one line, no control characters, bounded."""
    text = "".join(sign if sign.isprintable() else "?" for sign in str(value))
    return text if len(text) <= 300 else text[:297] + "..."
