"""A certificate of one's own making, as docs/security.md makes it."""

import os
import subprocess
from pathlib import Path

from support.stack import LIBFAKETIME


def make_certificate(
    directory: Path, names: str = "IP:127.0.0.1", days_ago: int = 0
) -> dict[str, str]:
    """Return the configuration's section `web` with a certificate of two days for some names."""
    certificate, key = directory / "certificate.pem", directory / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-nodes", "-days", "2", "-subj", "/CN=monitor", "-keyout", str(key)]
    command += ["-addext", f"subjectAltName={names}", "-out", str(certificate)]
    past = {"LD_PRELOAD": LIBFAKETIME, "FAKETIME": f"-{days_ago}d"} if days_ago else {}
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, **past})
    key.chmod(0o600)
    return {"tls_certificate": str(certificate), "tls_key": str(key)}
