"""What several commands share: the edge where clock and environment are read, and their common options."""

from __future__ import annotations

import getpass
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from models.errors import RiskError
from models.times import parse_moment
from risk_service.jobs.workers import Workers, workers_for
from risk_service.policy import Principal, Role
from risk_service.settings import Settings, read_settings

if TYPE_CHECKING:
    from models.rules import RuleBook
    from risk_service.services.installation import Installation
    from risk_service.store import Store


class Moment(click.ParamType):
    """A date (its end in Jakarta) or a timestamp with an offset, as UTC microseconds."""

    name = "DATE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Parse the text; a value that is none is a usage error."""
        if isinstance(value, int):
            return value
        try:
            return parse_moment(str(value))
        except RiskError as error:
            self.fail(str(error), param, ctx)


def now_us() -> int:
    """The time, UTC microseconds."""
    return time.time_ns() // 1000


def settings() -> Settings:
    """The settings of this process."""
    return read_settings(os.environ)


def opened_store(chosen: Settings | None = None) -> Store:
    """The store of this process, or of the settings given; it is closed when the command ends."""
    from risk_service.store import open_store

    store = open_store((chosen or settings()).database_url)
    command = click.get_current_context(silent=True)
    if command is not None:
        command.call_on_close(store.close)
    return store


def rule_book(directory: Path | None) -> RuleBook:
    """The rule tables: packaged, each replaced by the deployment's own where ``directory`` has one."""
    from models.rules import load_rules

    return load_rules(directory)


def installation(registry: Path | None, rules: RuleBook) -> Installation:
    """Registry and keys in use, with a rules-only release in force if there is none yet."""
    from risk_service.services.installation import Installation, install

    chosen = settings()
    found = Installation(registry=registry or chosen.registry, keys=chosen.keys)
    install(found, now_us=now_us(), rules_version=rules.version)
    return found


def as_of_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--as-of``, default now."""
    return click.option(
        "--as-of",
        type=Moment(),
        help="Judge by what was known at this time, inclusive: 2025-09-10 means the end of that day in Jakarta, or "
        "give a timestamp with an offset.  [default: now]",
    )(command)


def registry_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--registry``, default the installation's."""
    return click.option(
        "--registry",
        type=click.Path(file_okay=False, path_type=Path),
        help="Folder of releases.  [default: RISK_REGISTRY, else RISK_HOME/registry]",
    )(command)


def rules_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--rules``, default the packaged tables."""
    return click.option(
        "--rules",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        help="Folder with rule tables of your own; a table it lacks is the packaged one.",
    )(command)


def feeds_option(*, required: bool) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """``--feeds``, a delivery folder."""
    return click.option(
        "--feeds",
        type=click.Path(path_type=Path),
        required=required,
        help="Delivery folder in the form feeds/1; no database is touched.",
    )


def parquet_option(*, required: bool) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """``--out``, a Parquet file."""
    return click.option(
        "--out",
        type=click.Path(dir_okay=False, path_type=Path),
        required=required,
        help="File to write, ending in .parquet; an older one is replaced.",
    )


def output_option(*, required: bool) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """``--out``, a Parquet file or a folder of parts."""
    return click.option(
        "--out",
        type=click.Path(path_type=Path),
        required=required,
        help="One file to write where it ends in .parquet, else a folder of parts; an older result is replaced.",
    )


def workers_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--workers`` and ``--dask``."""
    command = click.option(
        "--dask",
        metavar="ADDRESS",
        help="Dask scheduler to give the work to, as tcp://10.0.0.1:8786; its workers see the same folders.",
    )(command)
    return click.option(
        "--workers",
        type=click.IntRange(1, 256),
        help="Processes of one thread each, for a delivery in buckets.  [default: one for each core]",
    )(command)


def workers_asked(count: int | None, dask: str | None, feeds: Path) -> Workers:
    """Who does the work on a delivery; a delivery that is not divided is worked on in this process."""
    if count is not None and dask is not None:
        raise click.UsageError("--workers and --dask exclude each other.")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    divided = any(feeds.glob("*/bucket=*"))
    if dask is None and not divided and (count or 1) > 1:
        click.echo("The delivery lies in no buckets, so one process does the work; see risk-service bucket.", err=True)
    return workers_for((count or cores) if divided else 1, dask)


def operator(*, role: Role = "admin") -> Principal:
    """Whoever runs a command here: has the files and so may do everything; named in the audit by the user's name."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = "unknown"
    return Principal(key_id="command-line", name=user, role=role)
