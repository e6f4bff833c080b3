"""A real JupyterLab, with notebooks in a browser."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat as untyped_nbformat
from playwright.sync_api import Locator, Page, expect

nbformat: Any = untyped_nbformat
# A generous limit in seconds, because the machine may be busy.
SECONDS = 90
LIVE = ".cover-board"
STILL = ".cover-still"
# `window.jupyterapp` is exposed, because the tests use it. Functions that need a network are off.
CONFIGURATION = {
    "IdentityProvider": {"token": ""},
    "ServerApp": {"allow_root": True, "ip": "127.0.0.1", "open_browser": False, "port": 0},
}
SETTINGS = {
    "@jupyterlab/apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
}


def notebook_of(*cells: str) -> Any:
    notebook = nbformat.v4.new_notebook()
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
    notebook.cells = [nbformat.v4.new_code_cell(cell) for cell in cells]
    return notebook


class Lab:
    """A JupyterLab server with its own folder for notebooks and settings."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("settings", "config", "data", "runtime", "notebooks"):
            (folder / name).mkdir()
        for name, settings in SETTINGS.items():
            file = folder / "settings" / f"{name}.jupyterlab-settings"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(settings))
        environment = {
            **os.environ,
            "JUPYTER_CONFIG_DIR": str(folder / "config"),
            "JUPYTER_DATA_DIR": str(folder / "data"),
            "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
            "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
            "HOME": str(folder),
        }
        (folder / "config/jupyter_server_config.json").write_text(json.dumps(CONFIGURATION))
        log = (folder / "lab.log").open("w")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", "--expose-app-in-browser"],
            env=environment,
            cwd=folder / "notebooks",
            stdout=log,
            stderr=log,
        )

    def log(self) -> str:
        return (self.folder / "lab.log").read_text()

    def url(self) -> str | None:
        """The address of the server; None until the server listens."""
        assert self._process.poll() is None, self.log()
        for file in (self.folder / "runtime").glob("jpserver-*.json"):
            text = file.read_text()
            if text.strip():
                return str(json.loads(text)["url"])
        return None

    def stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()

    def write(self, name: str, *cells: str) -> Path:
        path = self.folder / "notebooks" / f"{name}.ipynb"
        nbformat.write(notebook_of(*cells), path)
        return path


class Notebook:
    """A notebook that is open in the browser."""

    def __init__(self, page: Page, url: str, path: Path) -> None:
        self.page = page
        self.path = path
        self.page.set_default_timeout(SECONDS * 1000)
        self.page.goto(f"{url}lab/tree/{path.name}?reset")
        self.page.locator(".jp-Notebook").wait_for()
        # Waits until the kernel is ready.
        self.page.wait_for_function(
            "() => window.jupyterapp?.shell.currentWidget?.sessionContext"
            "?.session?.kernel?.status === 'idle'"
        )

    def command(self, name: str, **arguments: Any) -> None:
        self.page.evaluate(
            "([name, given]) => window.jupyterapp.commands.execute(name, given)", [name, arguments]
        )

    def run(self) -> None:
        """Starts to run all cells. Other methods wait for the results."""
        self.page.evaluate("() => void jupyterapp.commands.execute('notebook:run-all-cells')")

    def run_next(self) -> None:
        """Starts to run the selected cell. At first, the first cell is selected."""
        self.page.evaluate(
            "() => void jupyterapp.commands.execute('notebook:run-cell-and-select-next')"
        )

    def hide(self, is_hidden: bool) -> None:
        """Sets whether the page is hidden, as if the browser showed another tab."""
        self.page.evaluate(
            """isHidden => {
                Object.defineProperty(document, 'hidden', { value: isHidden, configurable: true });
                document.dispatchEvent(new Event('visibilitychange'));
            }""",
            is_hidden,
        )

    def cell_is_done(self, index: int) -> None:
        prompt = self.page.locator(".jp-CodeCell .jp-InputPrompt").nth(index)
        self.until("prompt => /\\[\\d+\\]/.test(prompt.textContent)", prompt.element_handle())

    def kernel(self, action: str) -> None:
        """Restarts or interrupts the kernel, without the menu's question to the user."""
        self.page.evaluate(
            "action => jupyterapp.shell.currentWidget.sessionContext.session.kernel[action]()",
            action,
        )

    def save(self) -> Any:
        self.command("docmanager:save")
        return nbformat.read(self.path, as_version=4)

    def change_theme(self, theme: str) -> None:
        self.command("apputils:change-theme", theme=theme)
        self.page.locator(f"body[data-jp-theme-name='{theme}']").wait_for(state="attached")

    def row(self, task_id: str) -> Locator:
        return self.page.locator(f"{LIVE} li", has_text=task_id)

    def still(self) -> Locator:
        """The copy that a reader sees without a kernel."""
        return self.page.locator(STILL)

    def until(self, script: str, argument: Any = None) -> None:
        self.page.wait_for_function(script, arg=argument)


def have_loaded(images: Locator, count: int) -> None:
    """Waits until this number of images exists, and each image is drawn."""
    expect(images).to_have_count(count)
    for index in range(count):
        image = images.nth(index)
        # The browser loads a lazy image when the image is scrolled into view.
        image.scroll_into_view_if_needed()
        images.page.wait_for_function(
            "image => image.complete && image.naturalWidth > 0", arg=image.element_handle()
        )


Opens = Callable[..., Notebook]
