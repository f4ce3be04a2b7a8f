"""OpenRC's scripts under its own supervise-daemon, in Debian's package of it: Alpine's stand-in."""

import json
from pathlib import Path

import pytest
from support.board import CAN_START, CHECKOUT, Board, make_root, simulated_house

from cli.run import ports

LOCAL = "127.0.0.1"
SCRIPT = """
set -e
mkdir -p /run/openrc
rc-update --update  # makes what else openrc makes when a machine starts
touch /run/openrc/softlevel
busybox syslogd -O /var/log/messages
{checkout}/deploy/install.sh --config config.json --listen {local} --port {port} --one-unit
/opt/power-monitor/current/deploy/selftest.sh
echo == logged $(grep -c 'power-monitor: .*collector started' /var/log/messages)
{checkout}/deploy/install.sh --unit-per-service
/opt/power-monitor/current/deploy/selftest.sh
for part in broker web collector aggregator; do
    rc-service power-monitor.$part status | sed "s/.*status:/== $part/"
done
options=/run/openrc/options/power-monitor.collector
killed=$(cat $options/child_pid)
kill -9 $killed
while [ "$(cat $options/child_pid)" = $killed ]; do sleep 0.2; done
rc-service power-monitor.collector healthcheck
echo == collector is back
kill -STOP $(cat /run/openrc/options/power-monitor.aggregator/child_pid)
cd /opt/power-monitor
alive="current/venv/bin/python -P -m cli.run.alive --within 5"
if $alive --since $(($(date +%s) + 1)) aggregator; then exit 1; fi
echo == aggregator hangs
kill -CONT $(cat /run/openrc/options/power-monitor.aggregator/child_pid)
/opt/power-monitor/current/deploy/uninstall.sh --purge --keep-packages
echo == left $(ls /etc/init.d | grep -c power-monitor)
"""

pytestmark = [pytest.mark.slow, CAN_START]


def test_both_kinds_of_scripts_run_are_supervised_and_go(tmp_path: Path) -> None:
    board = Board(tmp_path / "root")
    make_root(board.directory, "openrc", "busybox-syslogd", "procps")
    board.put_checkout()
    port = ports.choose(LOCAL, None)
    with simulated_house() as config:
        (board.directory / "root" / "config.json").write_text(json.dumps(config))
        done = board.run_alone(SCRIPT.format(checkout=CHECKOUT, local=LOCAL, port=port))
    told = [line.removeprefix("== ") for line in done.stdout.splitlines() if line.startswith("== ")]
    assert done.returncode == 0, done.stdout
    assert told == [
        "logged 1",
        "broker started",
        "web started",
        "collector started",
        "aggregator started",
        "collector is back",
        "aggregator hangs",
        "left 0",
    ], done.stdout
    assert "FAILED" not in done.stdout
