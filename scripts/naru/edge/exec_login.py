"""Starts an allowed exec plugin and takes its token; the plugin's file is checked by sha256 each time before it runs."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

from naru.edge.command import run
from naru.edge.files import read_capped
from naru.edge.kubeconfig import AllowedPlugin
from naru.errors import Missing

MAX_PLUGIN = 256 * 1024 * 1024
DEADLINE_SECONDS = 30.0
INHERITED = ("PATH", "HOME", "LANG", "NCLOUD_ACCESS_KEY", "NCLOUD_SECRET_KEY", "NCLOUD_API_GW")
"""What a plugin gets of our environment: never our signing key or other credentials."""


def plugin_token(plugin: AllowedPlugin, environment: dict[str, str]) -> str:
    """The bearer token that the plugin printed; raises Missing or OutsideDown."""
    actual = hashlib.sha256(read_capped(Path(plugin.path), MAX_PLUGIN)).hexdigest()
    if actual != plugin.sha256.lower():
        raise Missing(f"{plugin.path} is not the allowed program (sha256 {actual[:12]}…); it was not started.")
    inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
    info = json.dumps({"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "spec": {"interactive": False}})
    result = run(
        [plugin.path, *plugin.arguments], timeout=DEADLINE_SECONDS, env={**inherited, **environment, "KUBERNETES_EXEC_INFO": info}
    )
    try:
        token = json.loads(result.stdout)["status"]["token"]
    except (ValueError, KeyError, TypeError):
        token = None
    if not isinstance(token, str) or not token:
        raise Missing(f"{plugin.path} printed no token.")
    return token
