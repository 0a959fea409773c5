"""Shell completion, tried in bash."""

import shlex
import shutil
import subprocess

import pytest

from newsnorm.cli import main

BASH = shutil.which("bash")


@pytest.mark.skipif(BASH is None, reason="needs bash")
@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("newsnorm re", "restore"),
        ("newsnorm ", "restore explain quotations flatten score completion"),
        ("newsnorm restore --qu", "--quotes"),
        ("newsnorm restore --quotes ", "straight curly"),
        ("newsnorm explain --format h", "html"),
        ("newsnorm restore --format h", "html"),
        ("newsnorm flatten --format h", ""),
        ("newsnorm restore --kinds c", "case contractions"),
        ("newsnorm restore story", ""),
        ("newsnorm completion f", ""),
        ("newsnorm flatten --", "--help --encoding --field --format"),
    ],
)
def test_bash_completes_commands_options_and_choices(typed, expected, capfd):
    assert main(["completion", "bash"]) == 0
    words = typed.split(" ")
    asked = f"COMP_WORDS=({' '.join(map(shlex.quote, words))}); COMP_CWORD={len(words) - 1}; _newsnorm"
    script = f'{capfd.readouterr().out}\n{asked}; echo "${{COMPREPLY[@]}}"'
    done = subprocess.run([BASH, "--norc", "-uc", script], capture_output=True, text=True)
    assert done.stderr == ""
    assert done.stdout == expected + "\n"


def test_zsh_and_fish_complete_the_same(capfd):
    main(["completion", "bash"])
    bash = capfd.readouterr().out
    main(["completion", "zsh"])
    assert capfd.readouterr().out.endswith("bashcompinit\n" + bash)
    main(["completion", "fish"])
    lines = capfd.readouterr().out.splitlines()
    assert "complete -c newsnorm -n __fish_use_subcommand -f -a restore -d 'restore flat text'" in lines
    seen = "complete -c newsnorm -n '__fish_seen_subcommand_from restore' -l"
    assert f"{seen} quotes -xa 'straight curly' -d 'style of the quotation marks'" in lines
    assert any(line.startswith(f"{seen} help -d 'show") for line in lines)
