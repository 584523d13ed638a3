"""The directors of a drill, put together: HAProxy in front of the clouds, PowerDNS with its checker beside it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from naru.core.gslb_config import GslbMember, GslbPlace, gslb_config
from naru.edge.dns_director import DnsDirector, DnsMember
from naru.edge.dns_server import DnsServer
from naru.edge.gslb import Gslb
from naru.edge.page_check import PageCheck
from naru.model.load import DnsLookup
from naru.steps.failover_ports import AppWatch

ZONE = "gslb.naru.test"


class GslbSite:
    """Implements the Site port; everything in it is a process or thread of ours on loopback."""

    def __init__(self, members: Sequence[GslbMember], port: int, name: str, watch: AppWatch, *, with_dns: bool = True) -> None:
        self._members = tuple(members)
        self._name = f"{name}.{ZONE}"
        self._stack = ExitStack()
        self.watch = watch
        self.address, self.port = f"127.0.0.1:{port}", port
        self.http = Gslb(lambda log, admin: gslb_config(self._members, GslbPlace("127.0.0.1", port, log, admin)), "127.0.0.1", port)
        self.dns: DnsDirector | None = None
        self._with_dns = with_dns
        self._server = DnsServer(ZONE)

    def __enter__(self) -> Self:
        try:
            self._stack.enter_context(self.http)
            if self._with_dns:
                self._stack.enter_context(self._server)
                self.dns = self._stack.enter_context(DnsDirector(self._server, self._name, [dns_member(m) for m in self._members]))
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stack.close()

    def log(self) -> list[str]:
        """HAProxy's own log so far."""
        return self.http.lines()

    def lookup(self) -> DnsLookup | None:
        """Where the clients of DNS mode ask; None without it."""
        return DnsLookup(server=self._server.address, port=self._server.port, name=self._name) if self.dns is not None else None


def dns_member(member: GslbMember) -> DnsMember:
    """The same cloud for the DNS director, asked by the same rules."""
    check = PageCheck(member.host, member.port, member.check_path, member.marker, member.host_header, member.rules.check == "tcp")
    return DnsMember(member.cloud, member.dns_address, check, member.rules)
