"""One trigger-and-wait by another client: CLIENT URL USER TOKEN → JSON on standard output. Run by benchmarks/jenkins_waiter.py.

`naive` is the loop that python-jenkins' own documentation suggests; `api4jenkins` follows that library's README.
"""

from __future__ import annotations

import json
import sys
import time

PARAMETERS = {"KHAN_RELEASE": "8.9.csap", "BUG_FIX_VERSION": "999"}


def naive(url: str, user: str, token: str, parameters: dict[str, str]) -> dict[str, object]:
    """python-jenkins: build_job, get_queue_item, get_build_info, get_build_console_output."""
    import jenkins

    server = jenkins.Jenkins(url, username=user, password=token, timeout=5)
    item = server.build_job("release", dict(parameters))
    while not (number := (server.get_queue_item(item).get("executable") or {}).get("number")):
        time.sleep(0.05)
    while (build := server.get_build_info("release", number))["building"]:
        server.get_build_console_output("release", number)
        time.sleep(0.05)
    return {"ending": build["result"].lower(), "lines": server.get_build_console_output("release", number).splitlines()}


def api4jenkins(url: str, user: str, token: str, parameters: dict[str, str]) -> dict[str, object]:
    """api4jenkins: build, get_build, progressive_output, result."""
    from api4jenkins import Jenkins

    job = Jenkins(url, auth=(user, token))["release"]
    item = job.build(**parameters)
    while (build := item.get_build()) is None:
        time.sleep(0.05)
    text = "\n".join(line for line in build.progressive_output())
    return {"ending": str(build.result).lower(), "lines": [line for line in text.splitlines() if line]}


def main() -> None:
    """Print {"ending", "lines"} or {"error", "crash"}: a TypeError or KeyError is a crash, the library's own error is not."""
    client, url, user, token, *extra = sys.argv[1:]
    parameters = {**PARAMETERS, **json.loads(extra[0])} if extra else PARAMETERS
    try:
        print(json.dumps({"naive": naive, "api4jenkins": api4jenkins}[client](url, user, token, parameters)))
    except (TypeError, KeyError, AttributeError, IndexError, ValueError) as error:
        print(json.dumps({"error": type(error).__name__, "crash": True}))
    except Exception as error:  # noqa: BLE001 (whatever the library raises is its answer)
        print(json.dumps({"error": type(error).__name__, "crash": False}))


if __name__ == "__main__":
    main()
