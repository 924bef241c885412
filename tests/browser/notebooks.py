"""A JupyterLab with one notebook in it."""

import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SAVE_WIDGETS = {"@jupyter-widgets/jupyterlab-manager:plugin": {"saveState": True}}


def notebook(*cells: str) -> dict[str, Any]:
    """A notebook of code cells that has not been run."""
    made = [
        {
            "cell_type": "code", "id": f"cell-{i}", "metadata": {}, "source": text,
            "outputs": [], "execution_count": None,
        }
        for i, text in enumerate(cells)
    ]  # fmt: skip
    metadata = {
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
        "language_info": {"name": "python"},  # without it JupyterLab asks which kernel to take
    }
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": made}


@contextmanager
def jupyter(folder: Path) -> Generator[tuple[str, str], None, None]:
    """A JupyterLab over a folder: its origin and its token."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    token = secrets.token_hex(16)
    settings = folder / ".jupyter" / "lab" / "settings"
    settings.mkdir(parents=True)
    (settings / "overrides.json").write_text(
        json.dumps({
            **SAVE_WIDGETS,
            "@jupyterlab/apputils-extension:notification": {
                "fetchNews": "false", "checkForUpdates": False,
            },
        })
    )  # fmt: skip
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}",
        "--ip=127.0.0.1", f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={folder}",
        f"--LabApp.app_settings_dir={settings}", "--LabApp.news_url=",
        "--ServerApp.disable_check_xsrf=False", "--KernelManager.shutdown_wait_time=1",
    ]  # fmt: skip
    home = str(folder / ".home")
    environment = {
        **os.environ, "JUPYTER_CONFIG_DIR": home, "JUPYTER_RUNTIME_DIR": f"{home}/run",
        "JUPYTERLAB_SETTINGS_DIR": f"{home}/settings", "IPYTHONDIR": f"{home}/ipython",
        "JUPYTERLAB_WORKSPACES_DIR": f"{home}/workspaces",
    }  # fmt: skip
    log = (folder / ".log").open("w")
    process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
    origin = f"http://127.0.0.1:{port}"
    try:
        _wait(process, f"{origin}/api/status?token={token}", folder / ".log")
        yield origin, token
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        log.close()


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    end = time.monotonic() + 90.0
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    raise AssertionError(f"JupyterLab did not start:\n{log.read_text()[-3000:]}")
