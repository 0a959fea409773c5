"""Shell completion scripts, generated from the parser."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import NamedTuple

from newsnorm.kinds import KINDS

SHELLS = ("bash", "zsh", "fish")

# If none of these words match, `-o default` completes file names.
_BASH = """_newsnorm() {{
    local current="${{COMP_WORDS[COMP_CWORD]}}" words=""
    case "${{COMP_WORDS[1]}} ${{COMP_WORDS[COMP_CWORD-1]}}" in
{values}
    *)
        case "$COMP_CWORD ${{COMP_WORDS[1]}} $current" in
        1\\ *) words="{commands}" ;;
{options}
        esac
        ;;
    esac
    COMPREPLY=($(compgen -W "$words" -- "$current"))
}}
complete -o default -F _newsnorm newsnorm
"""
_ZSH = "autoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit\n"


class _Option(NamedTuple):
    command: str
    name: str
    values: str
    help: str


def script(commands: argparse._SubParsersAction[argparse.ArgumentParser], shell: str) -> str:
    """Return the script for one of `SHELLS`."""
    options = list(_options(commands))
    if shell == "fish":
        return _fish(commands, options)
    values = [
        f'    "{option.command} {option.name}") words="{option.values}" ;;' for option in options if option.values
    ]
    names = {name: [option.name for option in options if option.command == name] for name in commands.choices}
    body = _BASH.format(
        values="\n".join(values),
        commands=" ".join(names),
        options="\n".join(f'        *" {name} -"*) words="{" ".join(names[name])}" ;;' for name in names),
    )
    return body if shell == "bash" else _ZSH + body


def _options(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> Iterator[_Option]:
    for command, parser in commands.choices.items():
        for action in parser._actions:
            for name in action.option_strings[-1:]:
                values = KINDS if action.dest == "kinds" else action.choices or ()
                yield _Option(command, name, " ".join(values), action.help or "")


def _fish(commands: argparse._SubParsersAction[argparse.ArgumentParser], options: list[_Option]) -> str:
    lines = [
        f"complete -c newsnorm -n __fish_use_subcommand -f -a {action.dest} -d {_quoted(action.help or '')}"
        for action in commands._choices_actions
    ]
    for option in options:
        values = f" -xa {_quoted(option.values)}" if option.values else ""
        lines.append(
            f"complete -c newsnorm -n '__fish_seen_subcommand_from {option.command}' -l {option.name.lstrip('-')}"
            f"{values} -d {_quoted(option.help)}"
        )
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
