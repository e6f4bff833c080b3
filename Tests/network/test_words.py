"""All pages explain proxies and authorities in the same way, and briefly."""

from __future__ import annotations

import pytest
from conftest import Command
from test_clients import ROOT

VARIABLES = ["HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"]
TITLE = "Behind a proxy, with a CA of your own"
LINK = "README.md#behind-a-proxy-with-a-ca-of-your-own"


def test_the_section_is_short_and_has_every_variable_in_its_table() -> None:
    section = (ROOT / "README.md").read_text().partition(f"## {TITLE}\n")[2].partition("\n## ")[0]
    assert len(section.strip().splitlines()) <= 15
    table = "".join(line for line in section.splitlines() if line.startswith("|"))
    for name in [*VARIABLES, "--ca-file", "KIE_API_KEY", "KIE_API_ENDPOINT"]:
        assert name in table, name


@pytest.mark.parametrize("client", ["python", "node", "neovim", "emacs", "mcp"])
def test_each_client_names_the_variables_and_their_page(client: str) -> None:
    text = (ROOT / "clients" / client / "README.md").read_text()
    for name in [*VARIABLES, LINK]:
        assert name in text, name


def test_the_help_names_the_variables(run: Command) -> None:
    text = run("doctor --help").stdout
    for name in [*VARIABLES, "--ca-file", TITLE]:
        assert name in text, name
    assert "The network: see doctor --help." in run("--help").stdout
