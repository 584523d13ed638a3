"""The log of one container incarnation, as it was kept."""

from __future__ import annotations

from naru.model.record import Record


class ContainerLog(Record):
    """One container id; `text` has the API server's timestamps at the begin of each line."""

    namespace: str
    pod: str
    uid: str
    node: str = ""
    container: str
    container_id: str
    number: int
    """The container's restart count at that time, from 0."""
    how: str
    """`followed` while it ran, `previous` or `read` after its end."""
    whole: bool
    """True if read to the log's own end; False if we stopped first or the stream broke."""
    dropped_bytes: int = 0
    fault: str = ""
    exit_code: int | None = None
    reason: str = ""
    text: str = ""
