"""The look of the example in both themes, and its use with screen readers and keyboards.

The test writes the pictures for the READMEs to dist/screenshots, and checks their size.
"""

from __future__ import annotations

import io
from typing import Any

import pytest
from axe_playwright_python import sync_playwright as axe  # type: ignore[import-untyped]
from conftest import ROOT
from lab import LIVE, Lab, Opens, have_loaded, nbformat
from PIL import Image
from playwright.sync_api import Locator, expect

untyped_axe: Any = axe
EXAMPLE = ROOT / "clients/python/examples/covers.ipynb"
MADE = ROOT / "dist/screenshots"
SHOWN = ROOT / "clients/python/images"
MOST_BYTES = 100_000
# The script computes the contrast between text and its background, by WCAG 2. Axe cannot do this
# for `color-mix`.
CONTRAST = """element => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 1, height: 1 });
    const context = canvas.getContext('2d');
    const luminance = (colour, alpha) => {
        context.globalAlpha = alpha;
        context.fillStyle = colour;
        context.fillRect(0, 0, 1, 1);
        const [red, green, blue] = [...context.getImageData(0, 0, 1, 1).data].map((part) =>
            part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4);
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const chain = [];
    for (let each = element; each; each = each.parentElement) chain.unshift(getComputedStyle(each));
    let ground = luminance('white', 1);
    for (const { backgroundColor } of chain) ground = luminance(backgroundColor, 1);
    const alpha = chain.reduce((product, { opacity }) => product * Number(opacity), 1);
    const text = luminance(chain.at(-1).color, alpha);
    return (Math.max(ground, text) + 0.05) / (Math.min(ground, text) + 0.05);
}"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_example_can_be_seen_and_heard(lab: Lab, opens: Opens, theme: str) -> None:
    MADE.mkdir(parents=True, exist_ok=True)
    cells = nbformat.read(EXAMPLE, as_version=4).cells
    code = [cell.source for cell in cells if cell.cell_type == "code"]
    # One cover stays active, so that the board has every kind of button.
    going = code[0].replace("CoverBoard(\n    [", 'CoverBoard(\n    ["pending-still", ')
    notebook = opens(lab.write(f"looks-{theme}", *code[:2], going))
    notebook.change_theme(f"JupyterLab {theme.capitalize()}")
    notebook.command("application:toggle-left-area")
    notebook.run()
    boards = notebook.page.locator(LIVE)
    first, second = (notebook.page.locator(".jp-CodeCell").nth(index) for index in range(2))
    expect(boards.first.locator(".cover-board-header strong")).to_have_text(
        "3 covers: 2 succeeded, 1 failed"
    )
    have_loaded(boards.first.locator("img"), 4)
    take(first, f"board-{theme}")
    have_loaded(second.locator("img"), 4)
    take(second, f"cards-{theme}")
    expect(boards.nth(1).locator(".cover-board-header strong")).to_have_text(
        "4 covers: 2 succeeded, 1 failed, 1 pending"
    )
    have_loaded(boards.nth(1).locator("img"), 4)
    has_roles_and_names(boards.nth(1))
    found = untyped_axe.Axe().run(notebook.page, context=[[LIVE]]).response
    assert [(each["id"], each["nodes"][0]["html"]) for each in found["violations"]] == []
    for kind in ("strong", "code", "button:visible", ".cover-board-reason", ".cover-board-facts"):
        assert boards.nth(1).locator(kind).last.evaluate(CONTRAST) >= 4.5, kind
    # The test causes a change after the browser has drawn the board. Earlier changes may come too
    # soon.
    boards.nth(1).get_by_role("button", name="Stop following pending-still").click()
    expect(boards.nth(1).get_by_role("status")).to_contain_text("pending-still: ended")


def has_roles_and_names(board: Locator) -> None:
    expect(board).to_have_role("group")
    expect(board).to_have_accessible_name("Covers")
    expect(board.get_by_role("listitem")).to_have_count(4)
    expect(board.get_by_role("status")).to_have_attribute("aria-live", "polite")
    expect(board.get_by_role("img", name="Image 1 of success-3s-first-light")).to_be_visible()
    names = board.get_by_role("button").evaluate_all(
        "all => all.map(each => each.ariaLabel ?? each.textContent)"
    )
    assert names == [
        "Download all",
        "Stop following all",
        "Stop following pending-still",
        "Download success-3s-first-light",
        "Download success-4s-night-drive",
    ]


def take(cell: Locator, name: str) -> None:
    """Takes a picture of a cell, with 256 colours.

    The difference is not visible, and the file has a third of the size.
    """
    taken: Image.Image = Image.open(io.BytesIO(cell.screenshot()))
    # The picture excludes the border of the cell below.
    taken = taken.crop((0, 0, taken.width, taken.height - 8))
    file = MADE / f"{name}.png"
    taken.convert("RGB").quantize(256).save(file, optimize=True)
    assert file.stat().st_size <= MOST_BYTES


@pytest.mark.parametrize("readme", ["README.md", "clients/python/README.md"])
def test_the_readmes_show_it(readme: str) -> None:
    text = (ROOT / readme).read_text()
    for picture in SHOWN.iterdir():
        assert picture.stat().st_size <= MOST_BYTES
        assert f"images/{picture.name}" in text
    assert len(list(SHOWN.iterdir())) == 2
