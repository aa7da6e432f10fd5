"""The server of ``serve`` and ``demo``: gunicorn on a socket that is bound before anything else is done."""

from __future__ import annotations

import errno
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable
from typing import Any

import click
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.glogging import Logger

from models.errors import RiskError
from risk_service import logs
from risk_service.cli._workers import Worker, share
from risk_service.settings import Settings

_GRACE_SECONDS = 20
_UPLOAD_SECONDS = 600
_BACKLOG = 2048


class AddressError(RiskError):
    """The server cannot listen where it is asked to."""


def bind(host: str, port: int) -> socket.socket:
    """Take an address, so that nothing is done in vain when it is not to be had.

    Raises
    ------
    AddressError
        The port is in use, the address is not this computer's, or only root may use it.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
        bound.listen(_BACKLOG)  # only a port that is listened on is refused to the next program
    except OSError as error:
        bound.close()
        if error.errno == errno.EADDRINUSE:
            raise AddressError(
                f"Port {port} on {host} is in use by another program.",
                what_to_do=f"End it, or choose another port: RISK_PORT={port + 1}.",
            ) from None
        raise AddressError(f"Cannot listen on {host}, port {port}: {error.strerror or error}.") from None
    return bound


class Quiet(Logger):
    """gunicorn's own messages, in the one form that all log lines of the process have."""

    def setup(self, cfg: Any) -> None:
        """Hand everything on to the root logger."""
        self.cfg = cfg
        for log in (self.error_log, self.access_log):
            log.handlers.clear()
            log.propagate = True
            log.setLevel("WARNING")


class _Server(BaseApplication):
    def __init__(self, settings: Settings, *, bound: socket.socket, ready: Callable[[], None]) -> None:
        self._settings, self._bound, self._ready = settings, bound, ready
        super().__init__()

    def load_config(self) -> None:
        settings = self._settings
        options: dict[str, Any] = {
            "bind": f"fd://{self._bound.detach()}",
            "workers": settings.workers,
            "threads": settings.threads,
            "timeout": _UPLOAD_SECONDS,
            "graceful_timeout": _GRACE_SECONDS,
            "keepalive": 5,
            "control_socket_disable": True,  # nobody asked for a second way in, and it would write outside RISK_HOME
            "limit_request_line": 8190,
            "limit_request_field_size": 8190,
            "loglevel": "warning",
            "logger_class": Quiet,
            "child_exit": lambda _server, worker: _forget(worker),
            "on_exit": lambda _server: shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True),
            "post_worker_init": lambda worker: self._ready() if worker.age == 1 else None,
            "proc_name": "risk-service",
        }
        for name, value in options.items():
            self.cfg.set(name, value)
        # Another program's database answers while the next request computes; SQLite is in this one.
        at_once = 1 if settings.database_url.startswith("sqlite") else settings.threads
        # Those that end may still be there when others take over.
        share(self.cfg, most=2 * settings.workers + 1, at_once=at_once)

    def load(self) -> Any:
        from risk_service.app import create_app, settle
        from risk_service.jobs.background import start_in_background

        try:
            app = create_app(self._settings, start_run=start_in_background)
        except RiskError as error:
            click.echo(f"Error: {error}", err=True)
            sys.exit(Arbiter.APP_LOAD_ERROR)  # which ends the server instead of starting workers for ever
        settle()
        return app


def _forget(worker: Worker) -> None:
    """Keep what a process has counted when it ends, without what held only while it lived."""
    from prometheus_client.multiprocess import mark_process_dead

    worker.sharing.leave(worker.place)
    mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def serve(settings: Settings, *, bound: socket.socket, ready: Callable[[], None]) -> None:
    """Serve until interrupted; `ready` is called once the first process answers.

    Ends by SystemExit: 0 after Ctrl-C or a polite signal.
    """
    logs.configure(style=settings.log_format, level=settings.log_level)
    # Read by prometheus_client when it is first loaded, which the application does. Removed by the first process alone,
    # when it ends: the others leave through this function too, and must not take it away from those that stay.
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="risk-service-")
    _Server(settings, bound=bound, ready=ready).run()
