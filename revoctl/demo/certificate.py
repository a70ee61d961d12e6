"""A throw-away certificate authority and server certificate for loopback, valid for ninety days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple


class Certificate(NamedTuple):
    """PEM files: the server's chain with its key, and the authority to trust."""

    chain: Path
    authority: Path


def issue(folder: Path, host: str = "127.0.0.1") -> Certificate:
    """Write a chain for ``host`` into a folder; the keys exist nowhere else."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    def name(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    def build(subject: str, public: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        start = datetime.now(UTC) - timedelta(minutes=5)
        return (
            x509.CertificateBuilder()
            .subject_name(name(subject))
            .issuer_name(name("revoctl demo authority"))
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(start + timedelta(days=90))
        )

    authority_key = ec.generate_private_key(ec.SECP256R1())
    server_key = ec.generate_private_key(ec.SECP256R1())
    authority = (
        build("revoctl demo authority", authority_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(host))])
    server = (
        build(host, server_key.public_key())
        .add_extension(names, critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    key = server_key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    found = Certificate(folder / "server.pem", folder / "authority.pem")
    found.chain.touch(0o600)
    found.chain.write_bytes(key + server.public_bytes(pem))
    found.authority.write_bytes(authority.public_bytes(pem))
    return found
