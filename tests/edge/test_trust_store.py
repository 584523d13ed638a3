"""Trust stores from PEM certificates."""

import base64

from naru.edge.trust_store import java_store, pem_bundle


def pem(data):
    return b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(data) + b"-----END CERTIFICATE-----\n"


CERTIFICATES = {"B": pem(b"second"), "A": pem(b"first")}


def test_the_bundle_holds_all_in_order_each_on_lines_of_its_own():
    assert pem_bundle(CERTIFICATES) == pem(b"first") + pem(b"second")
    assert pem_bundle({"A": pem(b"first").rstrip(), "B": pem(b"second")}) == pem(b"first") + pem(b"second")


def test_java_s_store_is_the_same_bytes_each_time_and_names_each_certificate():
    data = java_store(CERTIFICATES, epoch=1_700_000_000)
    assert data == java_store(dict(reversed(CERTIFICATES.items())), epoch=1_700_000_000)
    assert data[:12] == bytes.fromhex("feedfeed0000000200000002")
    assert data.index(b"first") < data.index(b"second")


def test_what_is_no_certificate_is_left_out():
    assert java_store({"A": b"no certificate"}, epoch=0)[8:12] == bytes(4)
