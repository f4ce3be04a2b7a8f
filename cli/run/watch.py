"""What the supervisor is while nothing happens: a process image that has imported next to nothing.

The children share what was imported before they were forked; nobody else needs it until one of them
has to be started again or everything is to stop. So this waits, in the same process, and becomes
the supervisor again for whatever comes. It runs as a script, without our packages and without site:

    watch.py CHANNEL EVERY_S LONGEST_SILENCE_S [PID:HEART...] -- COMMAND...

CHANNEL and HEART are descriptors of connected sockets; CHANNEL is empty when no manager listens.
"""

import os
import signal
import sys
import time

_SIGNALS = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD})
_LOOK_S = 60.0
_AGAIN_S = 5.0
_WORD_BYTES = 64


def main(words: list[str]) -> None:
    """Watch until something happens; only then it ends, as another program."""
    channel, every, silence, *others = words
    end = others.index("--")
    hearts = dict(map(_numbers, others[:end]))
    heard = dict.fromkeys(hearts, time.monotonic())
    wait_s = min(float(every) or _LOOK_S, _LOOK_S)
    while True:
        taken = signal.sigtimedwait(_SIGNALS, wait_s)
        if taken:
            os.kill(os.getpid(), taken.si_signo)  # blocked, so it waits for the supervisor
            _become(others[end + 1 :])
        if channel:
            _tell(int(channel))
        for pid, heart in hearts.items():
            if _beats(heart):
                heard[pid] = time.monotonic()
            elif time.monotonic() - heard[pid] > float(silence):
                print(f"power-monitor: process {pid} does nothing any more; killed", flush=True)  # noqa: T201 - the supervisor's only voice
                os.kill(pid, signal.SIGKILL)  # not reaped yet, so the pid is still its own


def _numbers(word: str) -> tuple[int, int]:
    pid, heart = word.split(":")
    return int(pid), int(heart)


def _become(command: list[str]) -> None:
    """Return only when there is no memory or no such file now; whoever is left goes on working."""
    try:
        os.execv(command[0], command)  # noqa: S606 - no shell is wanted
    except OSError as error:
        print(f"power-monitor: {command[0]}: {error.strerror}; trying again", flush=True)  # noqa: T201
        time.sleep(_AGAIN_S)


def _tell(channel: int) -> None:
    try:
        os.write(channel, b"WATCHDOG=1")
    except OSError:  # nobody listens any more; whether we live is theirs to judge
        return


def _beats(heart: int) -> bool:
    """Take all that a child has said; tell whether it was anything."""
    beats = False
    try:
        while os.read(heart, _WORD_BYTES):
            beats = True
    except BlockingIOError:
        pass
    return beats


if __name__ == "__main__":
    main(sys.argv[1:])
