"""Paths in options: `~/` is the home folder also without a shell, as in an editor."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from terminal import COMMAND, COMMANDS, PATIENCE, environment, run

PING = '{"jsonrpc":"2.0","id":1,"method":"ping"}\n'


def path_options() -> list[tuple[str, str]]:
    """Each option of each command whose value is a path, from the help."""
    found: list[tuple[str, str]] = []
    for command in COMMANDS:
        text = run(f"{command} --help-hidden").stdout
        found += [(command, each) for each in re.findall(r"(--[a-z-]+) <(?:file|dir|store)>", text)]
    return found


@pytest.mark.parametrize("home", ["", "not/absolute"])
def test_every_option_with_a_path_needs_the_home_folder(home: str) -> None:
    options = path_options()
    assert len(options) > 50
    assert {name for _, name in options} == {
        "--api-key-file",
        "--ca-file",
        "--directory",
        "--download",
        "--fleet",
        "--fleet-password-file",
        "--journal",
        "--record",
        "--webhook-key-file",
    }
    for command, option in options:
        task = "music-1" if command == "generate" else ""
        result = run(f"{command} {task} {option} ~/x", HOME=home)
        assert result.returncode == 2, (command, option)
        assert "the variable HOME has no absolute path. Set HOME, or" in result.stderr
    result = run("replay ~/x", HOME=home)
    assert result.returncode == 2
    assert "the variable HOME has no absolute path" in result.stderr


@pytest.mark.parametrize("option", ["--journal", "--record", "--fleet", "--ca-file"])
def test_the_home_folder_of_another_user_is_refused(option: str) -> None:
    result = run(f"serve {option} ~root/x --sandbox")
    assert result.returncode == 2
    assert "Write the path in full, or ./ before a name that begins with ~." in result.stderr


@pytest.mark.parametrize(
    "command", ["download success-0s --directory", "watch success-0s --download"]
)
@pytest.mark.parametrize("scheme", ["file:", "s3:", "https:"])
def test_a_url_is_no_folder(command: str, scheme: str, tmp_path: Path) -> None:
    result = run(f"{command} {scheme}//{tmp_path}/new --sandbox")
    assert result.returncode == 2
    assert "Give the path of a folder of this machine, not a URL." in result.stderr
    assert not Path(scheme).exists()


def test_files_in_the_home_folder(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("undefined")
    (tmp_path / "password").write_text("")
    home = str(tmp_path)
    sandbox = "serve --sandbox --journal ~/j.db --record ~/r.jsonl --fleet ~/covers.fleet"
    assert run(sandbox, PING, HOME=home + "/").returncode == 0
    assert {"j.db", "r.jsonl", "covers.fleet"} <= {each.name for each in tmp_path.iterdir()}
    assert run("replay ~/r.jsonl", HOME=home).returncode == 0
    assert run("download success-0s --sandbox --directory ~", HOME=home).returncode == 0
    assert run("watch success-0s --sandbox --download ~/new", HOME=home).returncode == 0
    assert (tmp_path / "success-0s-1.png").exists()
    assert (tmp_path / "new/success-0s-1.png").exists()
    for command, name in [
        ("status x --api-key-file ~/key", "key"),
        ("status x --ca-file ~/ca.pem", "ca.pem"),
        ("sandbox --webhook-key-file ~/key", "key"),
        ("doctor --sandbox --webhook-key-file ~/key", "key"),
        ("doctor --sandbox --journal ~/none/j.db", "none/j.db"),
    ]:
        result = run(command, HOME=home)
        assert result.returncode != 0, command
        assert f"{home}/{name}" in result.stdout + result.stderr


def test_the_example_of_the_language_server(tmp_path: Path) -> None:
    """An editor passes the argument of the help without a shell."""
    [example] = re.findall(r"cover-bridge (lsp --api-key-file \S+)", run("lsp --help").stdout)
    (tmp_path / ".config").mkdir()
    (tmp_path / ".config/kie-key").write_text("undefined")
    body = b'{"jsonrpc":"2.0","id":1,"method":"shutdown"}'
    result = subprocess.run(
        [COMMAND, *example.split()],
        input=b"Content-Length: %d\r\n\r\n%b" % (len(body), body),
        capture_output=True,
        timeout=PATIENCE,
        env=environment(HOME=str(tmp_path)),
        check=False,
    )
    assert b"No such file" not in result.stdout + result.stderr


def test_the_json_of_a_download_has_absolute_paths(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("download success-0s --sandbox --directory covers --json")
    paths = [file["path"] for file in json.loads(result.stdout)["files"]]
    assert paths == [f"{tmp_path}/covers/success-0s-{number}.png" for number in (1, 2)]
    result = run("download success-0s --sandbox --directory others")
    assert result.stdout.splitlines() == [f"others/success-0s-{number}.png" for number in (1, 2)]


def test_a_working_folder_whose_name_is_not_utf_8(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Relative paths stay relative: a repaired name would be the name of another folder."""
    folder = tmp_path / os.fsdecode(b"caf\xe9")
    folder.mkdir()
    monkeypatch.chdir(folder)
    result = run("download success-0s --sandbox --directory covers --json")
    paths = [file["path"] for file in json.loads(result.stdout)["files"]]
    assert paths == [f"covers/success-0s-{number}.png" for number in (1, 2)]
    result = run(
        "serve --endpoint http://127.0.0.1:9 --journal j.db --fleet c.fleet", PING, KIE_API_KEY="k"
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert {"covers", "j.db", "c.fleet"} <= {each.name for each in folder.iterdir()}
    assert [each.name for each in tmp_path.iterdir()] == [folder.name]
