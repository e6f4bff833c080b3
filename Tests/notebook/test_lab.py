"""Tests the board in a JupyterLab, in a browser."""

from __future__ import annotations

import re
from pathlib import Path

from conftest import eventually
from lab import LIVE, Lab, Notebook, Opens, have_loaded
from playwright.sync_api import expect

BOARD = """from cover_bridge.notebook import CoverBoard

board = CoverBoard(["success-2s-first-light", "fail-1s-broken-string"], sandbox=True)
board"""
PID = "print('bridge', board._following.bridge.pid)"


def reaches_the_end(notebook: Notebook) -> None:
    expect(notebook.row("first-light").locator("strong")).to_have_text("succeeded")
    expect(notebook.row("broken-string").locator("strong")).to_have_text("failed")
    have_loaded(notebook.row("first-light").locator("img"), 2)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_from_pending_to_pictures_and_after_the_kernel(lab: Lab, opens: Opens) -> None:
    path = lab.write("pictures", BOARD, PID, "await board")
    notebook = opens(path)
    notebook.run()
    expect(notebook.row("first-light").locator("strong")).to_have_text(
        re.compile("pending|generating")
    )
    reaches_the_end(notebook)
    expect(notebook.row("broken-string")).to_contain_text("asked for a failure")
    expect(notebook.page.locator(f"{LIVE} .cover-board-header strong")).to_have_text(
        "2 covers: 1 succeeded, 1 failed"
    )
    # The copy for readers without a kernel exists, and the live board hides it.
    expect(notebook.still()).to_have_count(1)
    expect(notebook.still()).to_be_hidden()
    expect(notebook.page.locator(LIVE)).to_be_visible()
    expect(notebook.page.locator(".jp-OutputArea-output", has_text="bridge ")).to_be_visible()
    pid = int(re.findall(r"bridge (\d+)", notebook.page.content())[0])
    assert is_alive(pid)

    # A restart of the kernel ends the bridge. The last state of the board stays visible.
    notebook.kernel("restart")
    expect(notebook.page.locator(LIVE)).to_have_count(0)
    expect(notebook.still()).to_be_visible()
    expect(notebook.still()).to_contain_text("2 covers: 1 succeeded, 1 failed")
    have_loaded(notebook.still().locator("img"), 2)
    eventually(lambda: not is_alive(pid))

    # After a restart, all cells can run again.
    notebook.run()
    reaches_the_end(notebook)
    expect(notebook.page.locator(LIVE)).to_have_count(1)
    expect(notebook.still()).to_be_hidden()

    saved = notebook.save()
    html = "".join(output.data.get("text/html", "") for output in saved.cells[0].outputs)
    assert len(re.findall(r'<img src="data:image/webp;base64,', html)) == 2
    assert "2 covers: 1 succeeded, 1 failed" in html
    assert "<script" not in html


def test_a_saved_notebook_is_read_without_its_kernel(lab: Lab, opens: Opens) -> None:
    notebook = opens(lab.write("saved", BOARD, "await board"))
    notebook.run()
    reaches_the_end(notebook)
    notebook.cell_is_done(1)
    notebook.save()
    # This simulates another machine. Such a machine does not know the notebook's signature, so it
    # trusts the notebook less.
    foreign = notebook.path.with_name("foreign.ipynb")
    foreign.write_text(notebook.path.read_text().replace("await board", "await  board"))
    notebook.command("kernelmenu:shutdown")
    notebook.page.close()
    for path in (notebook.path, foreign):
        reopened = opens(path)
        expect(reopened.still()).to_be_visible()
        expect(reopened.still()).to_contain_text("2 covers: 1 succeeded, 1 failed")
        expect(reopened.still()).to_contain_text("asked for a failure")
        have_loaded(reopened.still().locator("img"), 2)
        # The page shows no message about the missing live board.
        shown = reopened.page.locator(".jp-CodeCell").first.locator(".jp-OutputArea-child:visible")
        expect(shown).to_have_count(1)
        reopened.page.close()


def test_the_keyboard_reaches_every_control(lab: Lab, opens: Opens) -> None:
    cell = """from cover_bridge.notebook import CoverBoard

board = CoverBoard(["success-0s-a", "pending-b"], sandbox=True)
again = CoverBoard(["pending-b"], board._following.bridge)
display(board, again)"""
    notebook = opens(lab.write("keyboard", cell))
    notebook.run()
    boards = notebook.page.locator(LIVE)
    expect(boards).to_have_count(2)
    board = boards.first
    download = board.get_by_role("button", name="Download success-0s-a")
    stop = board.get_by_role("button", name="Stop following pending-b")
    have_loaded(board.locator("img"), 2)

    download.focus()
    notebook.page.keyboard.press("Enter")
    expect(board.locator("li").first).to_contain_text("2 images saved to covers")
    assert len(list((lab.folder / "notebooks/covers").iterdir())) == 2
    expect(board.get_by_role("status")).to_contain_text("saved to covers")

    stop.focus()
    notebook.page.keyboard.press("Space")
    expect(board.locator("li").nth(1).locator("strong")).to_have_text("ended")
    # The button has disappeared. The focus is on an element near it.
    expect(stop).to_be_hidden()
    expect(board.locator("li").nth(1)).to_be_focused()
    # The other board of the same bridge shows the end too.
    expect(boards.nth(1).locator("li strong")).to_have_text("ended")


def test_a_hidden_page_neither_moves_nor_announces(lab: Lab, opens: Opens) -> None:
    cell = """from cover_bridge.notebook import CoverBoard

board = CoverBoard(["pending-a", "pending-b"], sandbox=True)
board"""
    notebook = opens(lab.write("quiet", cell, "board.stop('pending-b')"))
    notebook.run_next()
    clock = notebook.row("pending-a").locator(".cover-board-clock")
    spoken = notebook.page.locator(LIVE).get_by_role("status")
    expect(clock).to_have_text(re.compile(r"^[1-9]\d* s$"))
    notebook.hide(True)
    stood, said = clock.text_content(), spoken.text_content()
    began = notebook.page.evaluate("Date.now()")
    notebook.run_next()
    expect(notebook.row("pending-b").locator("strong")).to_have_text("ended")
    # The test waits two seconds. In that time, the clock of a visible page would advance.
    notebook.until("end => Date.now() > end", began + 2500)
    assert clock.text_content() == stood
    assert spoken.text_content() == said
    assert "ended" not in (said or "")
    notebook.hide(False)
    expect(clock).not_to_have_text(stood or "")


def test_follow_shows_a_board_in_a_notebook(lab: Lab, opens: Opens) -> None:
    cell = """from cover_bridge import CoverBridge

bridge = CoverBridge(sandbox=True, interval=0.1)
outcomes = bridge.follow(["success-2s-first-light", "fail-1s-broken-string"], progress=True)
print([status.state for status in outcomes.values()])"""
    notebook = opens(lab.write("follow", cell, "outcomes", "bridge.status('success-0s')"))
    notebook.run()
    reaches_the_end(notebook)
    expect(notebook.page.get_by_text("['succeeded', 'failed']")).to_be_visible()
    # The notebook displays a returned value and a status as cards.
    cards = notebook.page.locator(".jp-OutputArea-executeResult")
    expect(cards.first).to_contain_text("2 covers: 1 succeeded, 1 failed")
    expect(cards.nth(1)).to_contain_text("success-0s")
    have_loaded(cards.nth(1).locator("img"), 2)


def test_an_interrupted_follow_stops_following(lab: Lab, opens: Opens) -> None:
    cell = """from cover_bridge import CoverBridge

bridge = CoverBridge(sandbox=True, interval=0.1)
bridge.follow(["pending-a"], progress=True)"""
    notebook = opens(lab.write("interrupt", cell, "bridge.watches()"))
    notebook.run()
    expect(notebook.row("pending-a").locator("strong")).to_have_text("pending")
    notebook.kernel("interrupt")
    expect(notebook.page.get_by_text("KeyboardInterrupt").first).to_be_visible()
    expect(notebook.row("pending-a").locator("strong")).to_have_text("ended")
    # The cells after the interrupted cell did not run. The test runs them now.
    notebook.command("notebook:move-cursor-down")
    result = notebook.page.locator(".jp-OutputArea-executeResult")

    def has_run() -> bool:
        # The kernel drops what it receives in the moment after an interrupt.
        notebook.command("notebook:run-cell")
        notebook.page.wait_for_timeout(500)
        return result.count() > 0

    eventually(has_run)
    expect(result.first).to_contain_text("[]")
