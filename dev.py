#!/usr/bin/env python3
"""All that a checkout needs, in one command:  python3 dev.py demo

Needs Python 3.11 or newer, and the network the first time.  Writes into this folder and into the download caches of
uv and pip, and nowhere else; only `test`, run as root, installs a package where there is no browser, Chromium, and
adds the user that its PostgreSQL runs as, pgserver: TEST_POSTGRES_URL names another server.
This file keeps to what every Python can read, so that an old one can say that it is too old.
"""

from __future__ import print_function

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

USAGE = """usage: python3 dev.py COMMAND [arguments]

  demo         try the bot in a browser: no account, no token, nothing to set up
  commonplace  the bot's own command line, such as `commonplace --help`
  test         run the tests; arguments go to pytest
  bench        what the bot costs, beside the floors it stands on; `--quick` for a first look
  reliability  kill the bot hundreds of times and see what people notice; `--long` for a night of it
  check        format, lint, types, import rules, dead code, dependencies, locks
  lock         make requirements/ again from pyproject.toml; `--upgrade` takes newer versions
  words        bring the translations up to date with the code; `words fr` begins a new language"""

ROOT = os.path.dirname(os.path.abspath(__file__))
WINDOWS = os.name == "nt"
BIN, EXE = ("Scripts", ".exe") if WINDOWS else ("bin", "")
PYTHON = getattr(sys, "_base_executable", None) or sys.executable  # an environment's own python cannot remake it

LOCKS = {  # what each file of requirements/ is made from
    "run": ["pyproject.toml", "--extra", "postgresql"],
    "dev": ["pyproject.toml", "--group", "dev"],
    "uv": ["--group", "uv"],
}
COMPILE = ["pip", "compile", "--quiet", "--universal", "--python-version", "3.11", "--generate-hashes"]
COMPILE += ["--no-header", "--no-annotate"]  # names, versions and hashes alone, which serve every mirror
PIP_INSTALL = ["install", "--quiet", "--no-input", "--disable-pip-version-check", "--require-hashes"]

CHECKS = [
    ("format", ["ruff", "format", "--check", "."]),
    ("lint", ["ruff", "check", "."]),
    ("types", ["mypy"]),
    ("import rules", ["lint-imports", "--no-logo"]),
    ("dead code", ["vulture"]),
    ("dependencies", ["deptry", "--no-ansi", "."]),
]
BROWSERS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
HEARTBEAT = 10  # seconds: a log shows that a long step is alive
LINE_MAX = 500  # pip lists every version it knows of when it cannot find one


def say(text):
    print("dev.py: " + text, file=sys.stderr)
    sys.stderr.flush()


def step(what, command, env=None):
    """Say what a command is for and run it; what it printed is shown if it failed.  True if it succeeded."""
    say(what)
    started = time.time()
    shown = 0
    live = sys.stderr.isatty()
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            while process.poll() is None:
                time.sleep(0.05)
                passed = int(time.time() - started)
                if passed > shown and (live or passed % HEARTBEAT == 0):
                    sys.stderr.write("  %d s\r" % passed if live else "  %d s ...\n" % passed)
                    sys.stderr.flush()
                    shown = passed
        finally:
            if process.poll() is None:  # interrupted
                process.terminate()
                process.wait()
        print("  %s in %.1f s" % ("failed" if process.returncode else "done", time.time() - started), file=sys.stderr)
        if process.returncode:
            output.seek(0)
            for line in output.read().decode("utf-8", "replace").rstrip().split("\n"):
                print(line[:LINE_MAX], file=sys.stderr)
    sys.stderr.flush()
    return process.returncode == 0


def become(command, env=None):
    """Hand this process over to the command, so that signals and the exit status are its own."""
    os.chdir(ROOT)
    env = env or os.environ
    if WINDOWS:
        sys.exit(subprocess.call(command, env=env))
    os.execve(command[0], command, env)


def lock_path(name):
    return os.path.join(ROOT, "requirements", name + ".txt")


def read(path):
    if not os.path.exists(path):
        return ""
    with open(path) as file:
        return file.read()


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


def digest_of(lock):
    return hashlib.sha256(read(lock_path(lock)).encode()).hexdigest()


def fetch_uv():
    """Where uv is, fetched with pip if need be; None if it cannot be had."""
    tools = os.path.join(ROOT, ".tools")
    uv = os.path.join(tools, "bin", "uv" + EXE)
    stamp = os.path.join(tools, "stamp")
    if os.path.exists(uv) and read(stamp) == digest_of("uv"):
        return uv
    shutil.rmtree(tools, ignore_errors=True)
    # a system's own Python often has no venv and refuses to be installed into; a folder of ours it does not mind
    wheel = ["--only-binary=:all:", "--target", tools, "-r", lock_path("uv")]
    fetch = [sys.executable, "-m", "pip"] + PIP_INSTALL + wheel
    if step("fetching uv, which installs the rest, into .tools", fetch) and os.path.exists(uv):
        write(stamp, digest_of("uv"))
        return uv
    return shutil.which("uv")


def environment(lock, folder):
    """The python of an environment holding exactly what the lock says; made or mended if it does not."""
    venv = os.path.join(ROOT, folder)
    python = os.path.join(venv, BIN, "python" + EXE)
    stamp = os.path.join(venv, "stamp")
    made_by = "%s %s\n" % (sys.version.split()[0], sys.base_prefix)
    want, have = made_by + digest_of(lock), read(stamp)
    if have == want and os.path.exists(python):
        return python
    uv = fetch_uv()
    if os.path.exists(stamp):
        os.remove(stamp)  # until this is finished there is no telling what is in there
    if not have.startswith(made_by):
        shutil.rmtree(venv, ignore_errors=True)
    if not (uv and install_with_uv(uv, venv, python, lock)) and not install_with_pip(venv, python, lock):
        sys.exit("dev.py: could not install requirements/%s.txt; the lines above say why (is the network up?)" % lock)
    write(stamp, want)
    return python


def install_with_uv(uv, venv, python, lock):
    make = [uv, "venv", "--quiet", "--clear", "--python", PYTHON, venv]
    install = [uv, "pip", "sync", "--quiet", "--require-hashes", "--python", python, lock_path(lock)]
    folder = os.path.basename(venv)
    return (os.path.exists(python) or step("making " + folder, make)) and step(
        "installing requirements/%s.txt into %s" % (lock, folder), install
    )


def install_with_pip(venv, python, lock):
    """The same lock, where uv does not run or does not reach its index: slower, and it needs Python's own venv."""
    from importlib.util import find_spec

    folder = os.path.basename(venv)
    make = [PYTHON, "-m", "venv", "--clear"]
    if find_spec("ensurepip") and step("making %s without uv" % folder, make + [venv]):
        pip = [python, "-m", "pip"]
    elif step("making %s without uv and without a pip of its own" % folder, make + ["--without-pip", venv]):
        pip = [sys.executable, "-m", "pip", "--python", python]
    else:
        return False
    return step(
        "installing requirements/%s.txt into %s with pip, which takes a minute" % (lock, folder),
        pip + PIP_INSTALL + ["-r", lock_path(lock)],
    )


def find_chromium():
    """A browser for the tests that click: one that is here, or one that apt can bring."""
    for name in [os.environ.get("CHROMIUM", "")] + BROWSERS:
        if shutil.which(name):
            return shutil.which(name)
    if hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
        step("no Chromium for the browser tests: reading apt's lists to install it", ["apt-get", "update"], quiet)
        install = ["apt-get", "install", "-y", "--no-install-recommends", "chromium"]
        step("installing Chromium with apt", install, quiet)
    found = shutil.which("chromium")
    if not found:
        fate = "fail, since CI is set" if os.environ.get("CI") else "be skipped"
        say("there is no Chromium, so the browser tests will %s; install one, or set CHROMIUM to where it is" % fate)
    return found


def test(arguments):
    python = environment("dev", ".venv")
    chromium = find_chromium()
    env = dict(os.environ, CHROMIUM=chromium) if chromium else os.environ
    chosen = any(os.path.exists(os.path.join(ROOT, each.split("::")[0])) for each in arguments)
    # tests wait for clocks and other processes, too; the order is that of tests/conftest.py
    workers = str((os.cpu_count() or 1) + 1)
    spread = [] if chosen else ["-n", workers, "--dist", "loadfile", "--no-loadscope-reorder"]
    become([python, "-m", "pytest"] + spread + arguments, env)


def bench(arguments):
    become([environment("dev", ".venv"), "-m", "tests.bench"] + arguments)


def reliability(arguments):
    become([environment("dev", ".venv"), "-m", "tests.reliability"] + arguments)


def check(arguments):
    if arguments:
        sys.exit("dev.py: check takes no arguments")
    programs = os.path.dirname(environment("dev", ".venv"))
    failed = [name for name, command in CHECKS if not step(name, [os.path.join(programs, command[0])] + command[1:])]
    complaints = stale_locks()
    for complaint in complaints:
        say(complaint)
    failed += ["locks"] if complaints else []
    say("FAILED: " + ", ".join(failed) if failed else "all checks passed")
    sys.exit(1 if failed else 0)


def dependencies_digest():
    """What the locks depend on: two people who agree on it need not lock again."""
    import tomllib

    with open(os.path.join(ROOT, "pyproject.toml"), "rb") as file:
        tables = tomllib.load(file)
    project = tables["project"]
    asked = [project.get(key) for key in ("requires-python", "dependencies", "optional-dependencies")]
    return hashlib.sha256(json.dumps([asked, tables.get("dependency-groups")], sort_keys=True).encode()).hexdigest()


def stale_locks():
    """A sentence for each lock that was not made from the pyproject.toml beside it."""
    first = "# pyproject: %s\n" % dependencies_digest()
    return [
        "requirements/%s.txt is older than pyproject.toml: run python3 dev.py lock" % name
        for name in LOCKS
        if not read(lock_path(name)).startswith(first)
    ]


def lock(arguments):
    uv = fetch_uv()
    if not uv:
        sys.exit("dev.py: locking needs uv, and it cannot be had here")
    for name, source in LOCKS.items():
        path = lock_path(name)
        if not step("locking requirements/%s.txt" % name, [uv] + COMPILE + source + ["-o", path] + arguments):
            sys.exit("dev.py: requirements/%s.txt is as it was" % name)
        write(path, "# pyproject: %s\n%s" % (dependencies_digest(), read(path)))


def words(arguments):
    become([environment("dev", ".venv"), "-m", "bot.words"] + arguments)


def demo(arguments):
    commonplace(["demo"] + arguments)


def commonplace(arguments):
    become([environment("run", ".venv-run"), "-m", "bot"] + arguments)


COMMANDS = {
    "demo": demo,
    "commonplace": commonplace,
    "test": test,
    "bench": bench,
    "reliability": reliability,
    "check": check,
    "lock": lock,
    "words": words,
}


def main(arguments):
    if sys.version_info < (3, 11):
        sys.exit("dev.py: Commonplace needs Python 3.11 or newer, and this is Python %s" % sys.version.split()[0])
    if not arguments or arguments[0] not in COMMANDS:
        asked = arguments[:1] in (["help"], ["-h"], ["--help"])
        print(USAGE, file=sys.stdout if asked else sys.stderr)
        sys.exit(0 if asked else 2)
    COMMANDS[arguments[0]](arguments[1:])


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(130)
