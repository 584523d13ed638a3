"""The command line: a table of commands, each imported only when called, so that a start costs little.

Exit codes: 0 done or nothing to do, 1 judged and the answer is no, 2 malformed arguments, 3 unknown, missing or
stale input, 4 outside not answering or busy, 70 our bug.
"""

from __future__ import annotations

import sys
from importlib import import_module

COMMANDS: dict[str, tuple[str, str]] = {
    "run": ("naru.commands.run", "All stages in order; goes on where it stopped"),
    "tag-release": ("naru.commands.tag_release", "Stage 1: the annotated tag and release notes"),
    "build-images": ("naru.commands.build_images", "Stage 2: images from the tagged commit, reproducibly"),
    "publish-release": ("naru.commands.publish_release", "Stage 3: tag and images out, read back"),
    "patch-overlays": ("naru.commands.patch_overlays", "Stage 4: candidate commit, rendered clouds, scope of proof"),
    "verify-rollout": ("naru.commands.verify_rollout", "Stage 5: does it roll out?"),
    "verify-scaling": ("naru.commands.verify_scaling", "Stage 6: does it scale under traffic?"),
    "verify-failover": ("naru.commands.verify_failover", "Stage 7: does it survive the loss of a cloud?"),
    "promote": ("naru.commands.promote", "Stage 8: gate, dry run, copy, commit, apply, watch"),
    "report": ("naru.commands.report", "Stage 9: HTML, JUnit, JSON"),
    "clouds": ("naru.commands.clouds", "up, down, status, profile, capture: the clusters of this machine"),
    "doctor": ("naru.commands.doctor", "Each requirement, found or missing, and the command that mends it"),
    "status": ("naru.commands.status", "Which version runs where, held or not, drift"),
    "site": ("naru.commands.site", "All releases × clouds as one page, with history and trends"),
    "diff": ("naru.commands.diff", "Rendered before and after, by object and field; --across clouds"),
    "why": ("naru.commands.why", "Why was this allowed on a cloud?"),
    "rollback": ("naru.commands.rollback", "Back to the last verified release, by Git commit"),
    "hold": ("naru.commands.hold", "add, lift, list: stop promotion to a cloud or to all"),
    "approve": ("naru.commands.approve", "A signed approval of a release"),
    "waive": ("naru.commands.waive", "A signed waiver of what was not proven"),
    "freeze": ("naru.commands.freeze", "Times in which nothing is promoted"),
    "abort": ("naru.commands.abort", "Stop a release for good"),
    "adopt": ("naru.commands.adopt", "Take over objects that another manager owns"),
    "shadow": ("naru.commands.shadow", "Run the proofs beside an existing job; promote nothing"),
    "evidence": ("naru.commands.evidence", "show, events, logs, rejudge"),
    "jobs": ("naru.commands.jobs", "lint, render, plan, apply, adopt, drift: Jenkins jobs"),
    "trigger": ("naru.commands.trigger", "Start a Jenkins job and wait for it"),
    "webhook": ("naru.commands.webhook", "Verify one delivery of a tag push and start the job"),
    "nightly": ("naru.commands.nightly", "Re-verify what each cloud runs now"),
    "init": ("naru.commands.init", "Product file and overlays for your own application"),
    "demo": ("naru.commands.demo", "The whole mission on this machine"),
    "test": ("naru.commands.test", "fast, system and kind tests"),
    "clean": ("naru.commands.clean", "Caches, old images, registry garbage"),
}
"""Command → (module with a typer app or function called `app`, one line of help). Modules that are not there yet are not listed."""


def main(arguments: list[str] | None = None) -> int:
    """Run one command and give the exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words or words[0] in {"-h", "--help", "help"}:
        print(overview())
        return 0
    if words[0] == "--version":
        from naru import __version__

        print(__version__)
        return 0
    if words[0] not in COMMANDS:
        print(f"naru: there is no command '{words[0]}'. Run ./naru --help for the list.", file=sys.stderr)
        return 2
    from naru.commands.again import again
    from naru.commands.guard import guarded

    return again(lambda: guarded(lambda: import_module(COMMANDS[words[0]][0]).app, words), words[0])


def overview() -> str:
    """The list of commands, as `--help` shows it."""
    rows = "\n".join(f"  {name:<16} {help_line}" for name, (_, help_line) in COMMANDS.items())
    return f"usage: naru COMMAND [OPTIONS]   (naru COMMAND --help for one command)\n\n{rows}"
