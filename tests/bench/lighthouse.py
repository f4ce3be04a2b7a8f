"""What Lighthouse says about the page on this machine: only by name, as it needs npm."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from support.browser import FLAGS, NAMES
from support.stack import ROOT

from bench.demo import demo
from bench.table import Row

_VERSION = "12.8.2"  # the newest that takes the Node of Debian 12
_HOME = ROOT / "build" / "lighthouse"
_CATEGORIES = ("performance", "accessibility", "best-practices")
_PRESETS = {"phone": [], "desktop": ["--preset=desktop"]}
_LEAST = 95
_LOOKS = 3  # of which the median counts: performance depends on what else the machine does
_TIMEOUT_S = 600.0


def measure() -> Row:
    """Let Lighthouse look at the demo's page as a phone and as a desktop does."""
    program = _install()
    with tempfile.TemporaryDirectory() as directory, demo(Path(directory)) as running:
        running.wait_until_filled()
        looks = {name: _median(program, running.page, name) for name in _PRESETS}
    said = "; ".join(f"{name}: {_scores(report)}" for name, report in looks.items())
    speeds = [report["environment"]["benchmarkIndex"] for report in looks.values()]
    return Row(
        f"Lighthouse, localhost, on a machine of its benchmark index {min(speeds):.0f}",
        said,
        "-",
        f"at least {_LEAST} each",
    )


def _install() -> Path:
    program = _HOME / "node_modules" / ".bin" / "lighthouse"
    if not program.exists():
        npm = shutil.which("npm")
        assert npm, "npm is not installed: apt-get install npm"
        package = f"lighthouse@{_VERSION}"
        options = ["--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(_HOME)]
        subprocess.run([npm, "install", *options, package], check=True, timeout=_TIMEOUT_S)
    return program


def _median(program: Path, page: str, preset: str) -> dict[str, Any]:
    """Return the report of median performance, and say what it did not like."""
    reports = [_look(program, page, preset) for _ in range(_LOOKS)]
    reports.sort(key=lambda report: float(report["categories"]["performance"]["score"]))
    chosen = reports[_LOOKS // 2]
    (_HOME / f"{preset}.json").write_text(json.dumps(chosen, indent=2))
    for line in _shortcomings(chosen):
        print(f"{preset}: {line}", file=sys.stderr)
    return chosen


def _look(program: Path, page: str, preset: str) -> dict[str, Any]:
    browser = next(filter(None, map(shutil.which, NAMES)))
    flags = ["--headless=new", *(flag for flag in FLAGS if " " not in flag)]
    command = [str(program), page, "--quiet", "--output=json", *_PRESETS[preset]]
    command += [f"--only-categories={','.join(_CATEGORIES)}", f"--chrome-flags={' '.join(flags)}"]
    environment = {**os.environ, "CHROME_PATH": browser}
    ran = subprocess.run(
        command, check=True, capture_output=True, timeout=_TIMEOUT_S, env=environment
    )
    report: dict[str, Any] = json.loads(ran.stdout)
    return report


def _scores(report: dict[str, Any]) -> str:
    categories = report["categories"]
    return ", ".join(f"{name} {categories[name]['score'] * 100:.0f}" for name in _CATEGORIES)


def _shortcomings(report: dict[str, Any]) -> list[str]:
    """Return the audits that count and are not passed."""
    counting = {
        reference["id"]
        for category in report["categories"].values()
        for reference in category["auditRefs"]
        if reference["weight"]
    }
    audits = [report["audits"][name] for name in sorted(counting)]
    return [
        f"{audit['id']} {audit['score']:.2f}: {audit.get('displayValue', audit['title'])}"
        for audit in audits
        if audit["score"] is not None and audit["score"] < 1
    ]
