"""Make or refresh the private environment in ``.venv`` from ``requirements.lock``.

``make env`` calls this before everything else, so it has to be quick when there is nothing to do, safe when two
``make`` run at once, and clear when something is in the way. It uses the standard library alone and syntax that
older interpreters can read, since refusing an old interpreter is one of its jobs.

The stamp ``.venv/environment.json`` is written last; an environment without it is half made and is made anew.
"""

import configparser
import contextlib
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

OLDEST = (3, 11)
ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / ".venv"
STAMP = HOME / "environment.json"
LOCK = ROOT / "requirements.lock"
PYTHON = HOME / "bin" / "python"
LOG = HOME / "install.log"
VERSION = "%d.%d" % tuple(sys.version_info[:2])


class MakeEnvError(Exception):
    """Something stands in the way; the message is the one line shown."""


def say(text):
    """Print one line at once, so that it comes before the output of a child process."""
    print(text, flush=True)


def digest(*parts):
    """Return a short hash over several texts."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def wanted():
    """Return what the stamp of a finished environment has to say."""
    setup = configparser.ConfigParser(interpolation=None)
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    described = [name for name in setup.sections() if name == "metadata" or name.startswith("options")]
    project = digest(*("%s %s" % (name, sorted(setup.items(name))) for name in described))
    return {
        "lock": digest(LOCK.read_text(encoding="utf-8")),
        "project": digest(project, (ROOT / "pyproject.toml").read_text(encoding="utf-8")),
        "home": str(HOME),
    }


def differs(stamp, target):
    """Tell whether there is anything to do."""
    return any(stamp.get(name) != value for name, value in target.items())


def found(asked):
    """Return the stamp of the environment there is; empty when there is none or it is not to be used.

    Any Python of the environment's own that still runs is good enough, whichever one the caller's shell finds first;
    with `asked`, the caller named an interpreter and wants the environment on that version.
    """
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
        python, home = stamp["python"], stamp["home"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    usable = home == str(HOME) and PYTHON.exists() and (HOME / "lib" / ("python" + python)).exists()
    return stamp if usable and (not asked or python == VERSION) else {}


def canonical(name):
    """Return the name of a distribution as the package index compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def run(arguments, failure):
    """Run a command into the log.

    Raises
    ------
    MakeEnvError
        When it fails: what to do, followed by the command's last lines.
    """
    with LOG.open("a", encoding="utf-8") as log:
        log.write("$ %s\n" % " ".join(arguments))
        log.flush()
        done = subprocess.run(arguments, cwd=str(ROOT), stdout=log, stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        last = LOG.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-5:]
        raise MakeEnvError("%s The installer's last lines:\n  %s" % (failure, "\n  ".join(last)))


def pip(*arguments):
    """Return the command line of the environment's own pip."""
    return [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--no-input", *arguments]


def surplus():
    """Return the installed distributions that the lock does not name."""
    locked = {canonical(name) for name in re.findall(r"(?m)^([A-Za-z0-9._-]+)==", LOCK.read_text(encoding="utf-8"))}
    listed = subprocess.run(pip("list", "--format=json"), stdout=subprocess.PIPE, check=True).stdout
    names = {canonical(entry["name"]) for entry in json.loads(listed)}
    return sorted(names - locked - {"pip", "risk-service"})


def create():
    """Make an empty environment in the place of whatever is there."""
    if sys.version_info < OLDEST:
        raise MakeEnvError(
            "Python %d.%d or later is needed, this is %s; name one with: make PYTHON=python3.11 …" % (*OLDEST, VERSION)
        )
    if HOME.exists():
        say("The environment in .venv is half made, moved or of another Python; making it anew.")
        shutil.rmtree(HOME)
    try:
        import venv

        venv.create(HOME, with_pip=True)
    except (ImportError, subprocess.CalledProcessError) as problem:
        raise MakeEnvError(
            "This Python cannot make environments (Debian, Ubuntu: apt-get install python3-venv)."
        ) from problem


def make(stamp, target):
    """Bring the environment from the state `stamp`, empty for none, to the state `target`."""
    if not stamp:
        create()
    with contextlib.suppress(FileNotFoundError):
        STAMP.unlink()
    if stamp.get("lock") != target["lock"]:
        # The lock is complete, so nothing is left to resolve; that saves a fifth of the time.
        run(
            pip("install", "--require-hashes", "--no-deps", "--no-compile", "--progress-bar=off", "-r", str(LOCK)),
            "The packages of requirements.lock could not be installed; check the network and run make env again.",
        )
        left_over = surplus()
        if left_over:
            run(pip("uninstall", "--yes", *left_over), "Packages no longer needed could not be removed.")
    run(
        pip("install", "--no-deps", "--no-build-isolation", "-e", str(ROOT)),
        "The project itself could not be installed; see setup.cfg.",
    )
    finished = dict(target, python=stamp.get("python", VERSION))
    beside = STAMP.with_suffix(".part")
    beside.write_text(json.dumps(finished, indent=1) + "\n", encoding="utf-8")
    beside.replace(STAMP)


@contextlib.contextmanager
def alone():
    """Hold the lock that lets one process at a time work on the environment."""
    import fcntl

    with (ROOT / ".venv.lock").open("w", encoding="utf-8") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say("Another make is preparing the environment; waiting for it.")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def main(*, asked=False):
    """Make the environment when it is missing, half made or out of date."""
    target = wanted()
    if not differs(found(asked), target):
        return
    with alone():
        stamp = found(asked)
        if not differs(stamp, target):
            return
        started = time.monotonic()
        say("Preparing the private environment in .venv (the first time takes one to three minutes) …")
        make(stamp, target)
        say("Environment ready after %d s." % (time.monotonic() - started))


if __name__ == "__main__":
    try:
        main(asked="--this-python" in sys.argv[1:])
    except MakeEnvError as problem:
        sys.exit("make env: %s" % problem)
    except KeyboardInterrupt:
        # Ending by the signal itself, so that make stops too and has nothing to add.
        say("make env: broken off; the next make env starts anew.")
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
