"""The options of `web`."""

from shared import option_checks as check
from shared.option import Option, Section

SECTION = Section(
    "web",
    "The web server that `power-monitor run` starts. With a certificate it speaks HTTPS only.",
    optional=True,
)

OPTIONS = (
    Option(
        "web.tls_certificate",
        check.folder,
        "Certificate with its chain, in PEM.",
        default_text="plain HTTP",
        example="/etc/power-monitor/certificate.pem",
    ),
    Option(
        "web.tls_key",
        check.folder,
        "The certificate's key, in PEM; only its owner may read it.",
        default_text="none",
        example="/etc/power-monitor/key.pem",
    ),
    Option(
        "web.names",
        check.host_names,
        "Names on the internet under which you open the page, such as that of a reverse proxy. "
        "Any other is refused, but for addresses, names without a dot and those of a house: "
        "`monitor.local`, `monitor.fritz.box`, `.lan`, `.home.arpa`, `.internal`.",
        default=[],
        example=["monitor.example.org"],
    ),
)
