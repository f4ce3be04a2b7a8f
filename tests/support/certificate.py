"""A certificate of one's own making, as docs/security.md makes it."""

import subprocess
from pathlib import Path


def make_certificate(directory: Path) -> dict[str, str]:
    """Return the configuration's section `web` with a certificate for 127.0.0.1."""
    certificate, key = directory / "certificate.pem", directory / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-nodes", "-days", "2", "-subj", "/CN=monitor", "-keyout", str(key)]
    command += ["-addext", "subjectAltName=IP:127.0.0.1", "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    key.chmod(0o600)
    return {"tls_certificate": str(certificate), "tls_key": str(key)}
