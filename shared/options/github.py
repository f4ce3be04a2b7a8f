"""The options of `github`."""

from shared import option_checks as check
from shared.option import Option, Section

SECTION = Section(
    "github",
    "Where the long history is kept safe. Without this section, or without a token, sync is "
    "off. Consumption shows when people are at home: use a private repository.",
    optional=True,
)

OPTIONS = (
    Option(
        "github.token",
        check.token,
        "Fine-grained token with Contents: read and write on the one repository.",
        default_text="off",
        environment="POWER_MONITOR_GITHUB_TOKEN",
        example="put-the-token-here",
    ),
    Option(
        "github.repo",
        check.repository,
        "The repository, as `owner/name`; required with a token.",
        default_text="none",
        example="owner/name",
    ),
    Option("github.branch", check.branch, "Branch to write to.", default="main"),
    Option(
        "github.directory", check.repository_folder, "Folder in the repository.", default="data"
    ),
    Option(
        "github.api_url",
        check.api_url,
        "URL of the API, also of a GitHub Enterprise server; plain `http` only to this machine.",
        default="https://api.github.com",
    ),
    Option(
        "github.archive",
        check.switch,
        "Also upload each finished day's readings, once.",
        default=False,
    ),
    Option(
        "github.pages",
        check.switch,
        "Also publish the dashboard and all four files as a static site.",
        default=False,
    ),
    Option(
        "github.ca_file",
        check.folder,
        "Certificates to trust instead of the usual ones, in PEM: for a GitHub Enterprise server, "
        "or a proxy that opens TLS.",
        default_text="the usual ones",
        example="/etc/ssl/certs/company-ca.pem",
    ),
)
