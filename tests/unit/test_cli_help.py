"""What every command says of itself."""

import json
import shlex
from argparse import ArgumentParser

import pytest

from cli.__main__ import main, make_parser
from cli.commands.table import COMMANDS, find

FOR_A_TERMINAL = {"run", "setup"}  # what they do can't be said in JSON


def declared(name: str) -> ArgumentParser:
    parser = ArgumentParser(prog=name)
    find(name).configure(parser)
    return parser


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_explains_itself_with_examples_that_work(name: str) -> None:
    parser = declared(name)
    assert parser.description
    assert parser.epilog
    examples = parser.epilog.removeprefix("examples:\n").splitlines()
    for example in examples:
        program, *words = shlex.split(example)
        assert program == "power-monitor"
        assert make_parser(words).parse_args(words).command == name


@pytest.mark.parametrize("name", sorted(COMMANDS.keys() - FOR_A_TERMINAL))
def test_each_command_speaks_json(name: str) -> None:
    options = {option for action in declared(name)._actions for option in action.option_strings}
    assert "--json" in options


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["status", "--jsom", "--json"], "unrecognized arguments: --jsom"),
        (["rollup", "dayly", "--json"], "invalid choice: 'dayly'"),
        (["backup", "--json"], "required: FILE"),
        (["statsu", "--json"], "invalid choice: 'statsu'"),
    ],
)
def test_a_line_nobody_understands_is_answered_in_json(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    answer = json.loads(capsys.readouterr().out)
    assert (answer["status"], said in answer["error"]) == ("error", True)
    assert answer["hint"].endswith("--help")


def test_a_line_nobody_understands_is_explained_to_people(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["rollup", "dayly"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("usage: power-monitor rollup")
    assert "invalid choice: 'dayly'" in said
