"""The branch naru/state: read whole, added to by compare-and-swap. Files are only ever added, so a retry loses nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import partial

from naru.core.change_state import ChangeState, file_of, read_state, sign_statement, unsigned
from naru.errors import Conflict, OutsideDown
from naru.model.change_state import Hold, Statement
from naru.steps.effects import Effects
from naru.steps.ports import Clock
from naru.steps.promotion_ports import ConfigRepository, Repository

BRANCH = "naru/state"
REF = f"refs/heads/{BRANCH}"
TRIES = 8
"""Bound of the retries where others write at the same time."""


def state_files(repo: Repository) -> dict[str, bytes]:
    """Every file of the branch as of the last fetch; empty where there is no branch yet."""
    tip = repo.find(BRANCH)
    if tip is None:
        return {}
    found = repo.find_files([(tip, path) for path in repo.list_files(tip)])
    return {path: data for (_, path), data in found.items()}


def state_of(repo: Repository, people: Mapping[str, bytes], product: str) -> ChangeState:
    """What people decided about the product."""
    return read_state(state_files(repo), people, product)


def signed_file(statement: Statement, private_pem: bytes) -> tuple[str, bytes]:
    """(path, bytes) of a statement signed by its maker; the same statement has the same path."""
    return file_of(statement, _key(statement)), sign_statement(statement, private_pem)


def automatic_file(hold: Hold, bad_commit: str) -> tuple[str, bytes]:
    """(path, bytes) of the hold on a release that went back; one for each commit that broke, however often it is tried."""
    return file_of(hold, f"{hold.version}-{hold.broke_on}-{bad_commit[:12]}"), unsigned(hold)


def add_file(repo: ConfigRepository, effects: Effects, clock: Clock, file: Mapping[str, bytes], subject: str) -> bool:
    """Add one file to the branch; False where it is there already. Raises OutsideDown where others kept winning."""
    [(path, data)] = file.items()
    for _ in range(TRIES):
        tip = repo.find(BRANCH)
        if tip is not None and repo.find_file(tip, path) is not None:
            return False
        parents = () if tip is None else (tip,)
        commit = repo.write_commit(parents, {path: data}, subject, when=int(clock.now().timestamp()))
        try:
            effects.perform("add-statement", path, partial(repo.push_compare_and_swap, REF, commit, tip))
        except Conflict:
            repo.fetch()
            continue
        repo.fetch()
        return True
    raise OutsideDown(f"{BRANCH} moved {TRIES} times while '{path}' was to be added.", hint="Try again.")


def _key(statement: Statement) -> str:
    """Time first, so that a listing is in order; the hash tells two of one second apart."""
    digest = hashlib.sha256(statement.model_dump_json().encode()).hexdigest()[:8]
    moment = "".join(sign for sign in statement.at[:19] if sign.isdigit())
    return f"{moment}-{statement.by.split('@')[0].lower()}-{digest}"
