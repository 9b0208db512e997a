"""A certificate authority of the tests' own, and the certificate that the host shows a board. Knows openssl alone."""

from __future__ import annotations

import ssl
from pathlib import Path

from tests.image.tools import run

HOST = "10.0.2.2"
"""The host's address as a board behind QEMU's user network sees it."""
# Python 3.13 checks strictly: a CA's key usage and a certificate's authority must be there.
_CONFIG = """\
[req]
distinguished_name = name
prompt = no
[name]
commonName = Moodpost's tests
[ca]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[host]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = IP:HOST
"""
_NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc", "-days", "3650")


class Authority:
    """Keys and certificates in `folder`, for a server at the address `host`: ca.pem is what a board must trust."""

    def __init__(self, folder: Path, host: str = HOST) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        (folder / "openssl.cnf").write_text(_CONFIG.replace("IP:HOST", f"IP:{host}"))
        self._certify("ca")
        self._certify("host", "-CA", "ca.pem", "-CAkey", "ca.key")

    @property
    def pem(self) -> bytes:
        """The authority's certificate."""
        return (self._folder / "ca.pem").read_bytes()

    def context(self) -> ssl.SSLContext:
        """What a server needs to show the host's certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._folder / "host.pem", self._folder / "host.key")
        return context

    def _certify(self, who: str, *by: str) -> None:
        files = ("-keyout", f"{who}.key", "-out", f"{who}.pem", "-config", "openssl.cnf", "-extensions", who)
        run("openssl", "req", "-x509", *_NEW_KEY, *files, *by, folder=self._folder)
