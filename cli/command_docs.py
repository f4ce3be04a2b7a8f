"""The page of all commands, made from their own declarations."""

from argparse import SUPPRESS, Action, ArgumentParser
from collections.abc import Iterator
from textwrap import fill

from cli.__main__ import make_parser
from cli.commands.table import COMMANDS, find

_WIDTH = 115
_HEAD = """# Commands

<!-- Written by `python -m cli.documents` from the commands themselves; changes here are lost. -->

`power-monitor COMMAND --help` says the same on the terminal. In a checkout the command is
`.venv/bin/power-monitor`; `scripts/run` prints the whole line for the monitor it has started.

Output is for people; `--json` makes it JSON, and an error is then
`{"status": "error", "error": "...", "hint": "..."}`. Two commands give no answer that a program
could take: `setup` leads a dialogue with a person, and `run` stays; `config check --json`,
`status --json` and `logs -f --json` say what came of them. The exit status is 0 only if the thing
was done; 78 says that the configuration has mistakes, 130 that it was interrupted. Colours are only
for terminals, and not even there with `NO_COLOR` set. Long work shows on a terminal how far it is.

Options of every command come before its name:
"""
_SKIPPED = {"-h", "--help"}


def reference() -> str:
    """Return docs/cli.md."""
    lines = [_HEAD, *_options(make_parser([])), ""]
    lines += ["| command | what |", "|---|---|"]
    lines += [f"| [`{name}`](#{name}) | {help_line} |" for name, help_line in COMMANDS.items()]
    for name in COMMANDS:
        lines += ["", *_command(name)]
    return "\n".join(lines) + "\n"


def _command(name: str) -> Iterator[str]:
    parser = ArgumentParser(prog=f"power-monitor {name}", add_help=False)
    find(name).configure(parser)
    yield f"## {name}"
    yield ""
    yield fill(_escaped(parser.description or ""), _WIDTH, break_on_hyphens=False)
    yield ""
    rows = list(_options(parser))
    if rows:
        yield from rows
        yield ""
    examples = (parser.epilog or "").removeprefix("examples:\n").split("\n")
    yield "```sh"
    yield from (line.strip() for line in examples if line.strip())
    yield "```"


def _options(parser: ArgumentParser) -> Iterator[str]:
    """Yield a table of arguments and options."""
    actions = [one for one in parser._actions if not _SKIPPED & set(one.option_strings)]
    rows = [row for action in actions if (row := _row(action))]
    if rows:
        yield from ("| option | what |", "|---|---|", *rows)


def _row(action: Action) -> str:
    if action.dest == "command" or action.help == SUPPRESS:
        return ""
    value = action.metavar or action.dest.upper()
    if action.choices and not action.metavar:
        value = "|".join(str(choice) for choice in action.choices)
    if action.option_strings:
        takes = "" if action.nargs == 0 else f" {value}"
        name = ", ".join(action.option_strings) + takes
    else:
        name = f"[{value}]" if action.nargs == "?" else str(value)
    escaped = name.replace("|", "\\|")
    return f"| `{escaped}` | {_escaped(action.help or '')} |"


def _escaped(text: str) -> str:
    return text.replace("<", "&lt;").replace("|", "\\|")
