"""What git's last words mean for us: input that is wrong, a repository that is down, or a fault of the clone."""

from __future__ import annotations

import re

from naru.errors import Missing, NaruError, OutsideDown

_DENIED = r"Authentication failed|Permission denied|could not read (Username|Password)|HTTP Basic|error: 40[13]|Host key verification"
_ABSENT = r"does not appear to be a git repository|[Rr]epository.*(not found|does not exist)|not found: did you run|error: 404|No such file or direct"
_OWNER = r"dubious ownership|unsafe repository"
_DISK = r"No space left on device|Disk quota exceeded|unable to write|write error"
_BROKEN = r"is corrupt|bad object|missing (blob|tree|commit)|unable to read tree|object file .* is empty|not a valid object|unresolved delta"


def error_of(doing: str, where: str, stderr: str) -> NaruError:
    """The error to raise for a git call that failed while `doing` something with the repository `where`."""
    said = last_words(stderr)
    begin = f"{doing} of {where} failed: {said}"
    if re.search(_DISK, stderr):
        return Missing(f"{begin}.", hint="Free some disk space, then run the same command again.")
    if re.search(_OWNER, stderr):
        return Missing(f"{begin}.", hint="Run as the repository's owner, or change its owner.")
    if re.search(_DENIED, stderr):
        return Missing(f"{begin}.", hint="Check the login file that the product file names, and the pinned known_hosts.")
    if re.search(_ABSENT, stderr):
        return Missing(f"{begin}.", hint="Check the address in the product file.")
    return OutsideDown(f"{begin}.", hint="Try again; if it stays, look at the repository's server.")


def is_broken_clone(stderr: str) -> bool:
    """True where the local copy itself is damaged and is best made again."""
    return re.search(_BROKEN, stderr) is not None


def last_words(stderr: str) -> str:
    """The line that says why, without git's own prefixes; hooks' words (`remote: …`) come first, addresses lose passwords."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    remote = [line.removeprefix("remote:").strip() for line in lines if line.startswith("remote:")]
    fatal = [re.sub(r"^(fatal|error): ", "", line) for line in lines if re.match(r"(fatal|error): ", line)]
    fatal = [line for line in lines if line.startswith("ssh: ")] + fatal
    words = next((part for part in (" ".join(filter(None, remote)), *fatal, *lines[-1:]) if part), "no output")
    return re.sub(r"://[^/@\s]+@", "://", words)[:400].rstrip(".")
