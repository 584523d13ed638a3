"""Certificates of the sandbox's own services; made once per cluster and kept in its state folder."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from naru.edge.files import write_durably

DAYS = 3650


def service_certificates(folder: Path, names: list[str], now: datetime) -> dict[str, str]:
    """`ca`, `cert` and `key` as PEM for a service with these DNS names; read back where they exist."""
    files = {part: folder / f"{part}.pem" for part in ("ca", "cert", "key")}
    if not all(path.is_file() for path in files.values()):
        for part, text in _make(names, now).items():
            write_durably(files[part], text.encode(), mode=0o600)
    return {part: path.read_text() for part, path in files.items()}


def _make(names: list[str], now: datetime) -> dict[str, str]:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "naru sandbox")])

    def signed(subject: x509.Name, public: ec.EllipticCurvePublicKey, extra: list[tuple[x509.ExtensionType, bool]]) -> x509.Certificate:
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(public)
        builder = builder.serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=DAYS))
        for extension, critical in extra:
            builder = builder.add_extension(extension, critical)
        return builder.sign(authority_key, hashes.SHA256())

    authority = signed(issuer, authority_key.public_key(), [(x509.BasicConstraints(ca=True, path_length=0), True)])
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    alternative = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
    leaf = signed(subject, key.public_key(), [(alternative, False)])
    encoding = serialization.Encoding.PEM
    private = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return {"ca": authority.public_bytes(encoding).decode(), "cert": leaf.public_bytes(encoding).decode(), "key": private.decode()}
