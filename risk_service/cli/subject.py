"""Write everything held about one person, for that person."""

from __future__ import annotations

import json
import os
from pathlib import Path

import click

from risk_service.cli._common import now_us, opened_store, operator, settings
from risk_service.services import subject_file
from risk_service.services.audit import Reading
from risk_service.services.retention import Policy
from risk_service.store.persons import master_key


@click.command()
@click.argument("candidate_id")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder to write to; made if needed."
)
def command(*, candidate_id: str, out: Path) -> None:
    """Write everything held about the person CANDIDATE_ID: two documents (Indonesian, English) and data.

    With sources and dates, scores in words, what officers wrote, and who looked, by role and office. The files are for
    their owner alone; hand them over and delete them. The trail says that they were made.
    """
    from risk_service.schemas.subject import SubjectFile

    chosen = settings()
    store = opened_store(chosen)
    content = subject_file.held(
        store,
        Reading(principal=operator(role="supervisor"), purpose="subject_request", now_us=now_us()),
        master=master_key(store, chosen.keys),
        policy=Policy.of(chosen),
        candidate_id=candidate_id,
        form="files",
    )
    papers = [subject_file.as_pdf(content, language="id"), subject_file.as_pdf(content, language="en")]
    data = json.dumps(SubjectFile().dump(content), ensure_ascii=False, indent=1)
    out.mkdir(parents=True, exist_ok=True)
    for name, written in (*((paper.name, paper.content) for paper in papers), ("berkas.json", data.encode())):
        handle = os.open(out / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(written)
        click.echo(out / name)
