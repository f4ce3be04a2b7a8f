"""What a process did to its files, call by call, as strace saw it."""

import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

# All that can change a file or a directory; the model of the disk refuses those it does not know.
_CHANGING = (
    "open,openat,creat,write,pwrite64,writev,pwritev,pwritev2,lseek,rename,renameat,renameat2,"
    "link,linkat,symlink,symlinkat,unlink,unlinkat,rmdir,mkdir,mkdirat,mknod,mknodat,truncate,"
    "ftruncate,fallocate,fsync,fdatasync,sync,syncfs,sync_file_range,copy_file_range,sendfile,msync"
)
_LONGEST_BYTES = 1 << 24
_TIMEOUT_S = 300
_LINE = re.compile(rb"^(?:\d+ +)?(\w+)\((.*)\) += (-?\d+)")
_ARGUMENT = re.compile(
    rb'"(?P<text>(?:\\x[0-9a-f]{2})*)"'
    rb"|(?P<number>\w+)<(?P<path>[^>]*)>(?P<gone>\(deleted\))?"
    rb"|(?P<plain>[^,\s][^,]*)"
)


@dataclass(frozen=True, slots=True)
class Call:
    """One successful system call.

    `descriptor` and `path` are those it works on, `texts` its strings: names or what is written;
    `rest` its other arguments as they were printed.
    """

    name: str
    result: int
    descriptor: int
    path: str
    texts: Sequence[bytes]
    rest: Sequence[str]


def record(
    command: Sequence[str], trace: Path, environment: Mapping[str, str], cwd: Path
) -> list[Call]:
    """Run a command to its good end; return its calls that change files."""
    strace = ["strace", "-qq", "-y", "-xx", "-s", str(_LONGEST_BYTES), "-e", "signal=none"]
    chosen = ["-e", f"trace={_CHANGING}", "-o", str(trace)]
    subprocess.run(
        [*strace, *chosen, *command], env=environment, cwd=cwd, timeout=_TIMEOUT_S, check=True
    )
    return list(_calls(trace.read_bytes().splitlines()))


def _calls(lines: Sequence[bytes]) -> Iterator[Call]:
    for line in lines:
        found = _LINE.match(line)
        assert found, f"strace said what nobody expected: {line[:200]!r}"
        name, arguments, result = found.groups()
        if int(result) >= 0:
            yield _call(name.decode(), arguments, int(result))


def _call(name: str, arguments: bytes, result: int) -> Call:
    descriptor, path = -1, ""
    texts: list[bytes] = []
    rest: list[str] = []
    for found in _ARGUMENT.finditer(arguments):
        if found["text"] is not None:
            texts.append(_unescaped(found["text"]))
        elif found["number"] is None:
            rest.append(found["plain"].decode())
        elif found["number"].isdigit():
            descriptor = int(found["number"])
            path = "" if found["gone"] else _unescaped(found["path"]).decode()
    return Call(name, result, descriptor, path, texts, rest)


def _unescaped(text: bytes) -> bytes:
    return bytes.fromhex(text.replace(b"\\x", b"").decode())
