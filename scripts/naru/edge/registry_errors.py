"""What skopeo's last words mean: not there, not let in, or not answering."""

from __future__ import annotations

import re

from naru.errors import Judged, Missing, NaruError, OutsideDown

_ABSENT = r"manifest unknown|name unknown|NAME_UNKNOWN|MANIFEST_UNKNOWN|repository name not known|was deleted or has expired"
_DENIED = r"unauthorized|authentication required|denied|403 \(Forbidden\)|invalid username/password"
_WRONG = r"[Dd]igest .*(mismatch|did not match|does not match)|manifest.*does not match|does not match.*digest|would not match|invalid content digest"
_DISK = r"no space left on device|disk quota"
_NO_SOURCE = r"no such file or directory|no image found|lstat .* no such"


def error_of(doing: str, reference: str, stderr: str) -> NaruError:
    """The error to raise for a skopeo call that failed."""
    begin = f"{doing} {reference} failed: {last_words(stderr)}"
    if re.search(_WRONG, stderr):
        return Judged(f"{begin}.", hint="The bytes are not those that the digest names; do not trust this registry.")
    if re.search(_DENIED, stderr):
        return Missing(f"{begin}.", hint="Check the login file for this registry.")
    if re.search(_DISK, stderr):
        return Missing(f"{begin}.", hint="Free some disk space, then run the same command again.")
    if re.search(_ABSENT, stderr) or re.search(_NO_SOURCE, stderr):
        return Missing(f"{begin}.", hint="Build or publish the image first.")
    return OutsideDown(f"{begin}.", hint="Try again; if it stays, look at the registry's own log.")


def is_absent(stderr: str) -> bool:
    """True where the registry answered that there is no such manifest or repository."""
    return re.search(_ABSENT, stderr) is not None


def last_words(stderr: str) -> str:
    """The message of skopeo's last line, without its log format and without passwords in addresses."""
    lines = [line for line in stderr.splitlines() if line.strip()]
    found = re.findall(r'msg="((?:[^"\\]|\\.)*)"', lines[-1]) if lines else []
    words = str(found[-1]).replace('\\"', '"') if found else (lines[-1] if lines else "no output")
    return re.sub(r"://[^/@\s]+@", "://", words)[:400].rstrip(".")
