"""What every command says of itself."""

import shlex
from argparse import ArgumentParser

import pytest

from cli.__main__ import make_parser
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
