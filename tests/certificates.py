"""Certificates of an authority, a server and a client, made anew for each test run."""

import atexit
import functools
import shutil
import tempfile
from pathlib import Path

import trustme
from cryptography.hazmat.primitives import serialization


@functools.cache
def folder():
    """A folder of PEM files: authority, server, client, and keys of the last two.

    `encrypted.key` is the client's key, which asks for a password; `other.pem` holds
    no certificate.
    """
    made = Path(tempfile.mkdtemp(prefix="certificates-"))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    authority = trustme.CA()
    authority.cert_pem.write_to_path(made / "authority.pem")
    for name in ("server", "client"):
        pair = authority.issue_cert("127.0.0.1", "localhost")
        pair.private_key_pem.write_to_path(made / f"{name}.key")
        pair.cert_chain_pems[0].write_to_path(made / f"{name}.pem")
    key = serialization.load_pem_private_key((made / "client.key").read_bytes(), None)
    encrypted = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"secret"),
    )
    (made / "encrypted.key").write_bytes(encrypted)
    (made / "other.pem").write_text("no certificate")
    return made
