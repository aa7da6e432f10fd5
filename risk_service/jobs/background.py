"""Starting a rescoring in a process of its own, so that the server that was asked goes on answering."""

from __future__ import annotations

import subprocess
import sys
import threading


def start_in_background(run_id: str) -> None:
    """Start the rescoring of a run; it goes on when this process ends, and can be resumed when it is killed itself.

    Parameters
    ----------
    run_id
        A run that waits. Settings are taken from the environment, as this process did.
    """
    process = subprocess.Popen(  # noqa: S603 - our own program with a run's number
        [sys.executable, "-m", "risk_service", "rescore", "--run", run_id],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    threading.Thread(target=process.wait, name=f"run {run_id}", daemon=True).start()
