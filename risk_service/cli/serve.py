"""Serve the console and the interface."""

from __future__ import annotations

import socket
from dataclasses import replace

import click

from risk_service.cli._common import now_us, operator, settings
from risk_service.cli._demo import greeting
from risk_service.cli._server import bind, serve
from risk_service.cli.users import first_words
from risk_service.services import users
from risk_service.settings import Settings
from risk_service.store import open_store
from risk_service.store.persons import master_key


@click.command()
@click.option("--host", help="Address to listen on.  [default: RISK_HOST, else 127.0.0.1]")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on.  [default: RISK_PORT, else 8000]")
@click.option("--workers", type=click.IntRange(1, 64), help="Server processes.  [default: RISK_WORKERS, else 2]")
@click.option("--fd", type=int, hidden=True, help="A listening socket that was handed over.")
@click.option("--demo", is_flag=True, hidden=True, help="Say how to sign in to the demonstration.")
def command(*, host: str | None, port: int | None, workers: int | None, fd: int | None, demo: bool) -> None:
    """Serve the console and the interface until Ctrl-C.

    Everything is chosen by settings (docs/settings.md). In front of a network put a proxy that speaks TLS, and set
    RISK_SECURE_COOKIES and RISK_TRUSTED_PROXIES. The first start makes one administrator and prints the password, once;
    further accounts: the console, or risk-service users add.
    """
    chosen = settings()
    chosen = replace(
        chosen,
        host=host or chosen.host,
        port=port or chosen.port,
        workers=workers or chosen.workers,
    )
    bound = socket.socket(fileno=fd) if fd is not None else bind(chosen.host, chosen.port)
    secret = _check(chosen)
    words = greeting(chosen, address=address(chosen)) if demo else f"Serving on {address(chosen)} (Ctrl-C ends it)"
    if secret is not None:
        words += f"\n{first_words(secret)}"
    serve(chosen, bound=bound, ready=lambda: click.echo(words))


def address(chosen: Settings) -> str:
    """The server's address for a browser."""
    host = f"[{chosen.host}]" if ":" in chosen.host else chosen.host
    return f"http://{host}:{chosen.port}"


def _check(chosen: Settings) -> str | None:
    """Find out before anything is served what would make every request fail; raises RiskError.

    Nothing here may start threads, since the server forks afterwards.

    Returns
    -------
    str or None
        Password of the first administrator, if there was no account yet.
    """
    store = open_store(chosen.database_url)
    try:
        master_key(store, chosen.keys)
        return users.first(store, by=operator(), now_us=now_us())
    finally:
        store.close()
