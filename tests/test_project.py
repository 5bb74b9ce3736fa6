"""The project itself: one command runs it, its locks hold, and it names nobody's machine."""

import ast
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

import dev

ROOT = Path(__file__).parent.parent
PACKAGES = ("bot", "adapters", "storage")
NOT_OURS = {".git", ".tools", ".venv", ".venv-run", "build", "dist"}
RUN_AS = "import sys; sys.version_info = {info!r}; sys.version = {text!r}; import dev; dev.main(['help'])"
NEWER_SYNTAX = (
    ast.AnnAssign,
    ast.AsyncFunctionDef,
    ast.Await,
    ast.JoinedStr,
    ast.Match,
    ast.NamedExpr,
    ast.Nonlocal,
    ast.Starred,
    ast.YieldFrom,
)


def our_files() -> list[Path]:
    """What a clone would have, known from git, or by looking around where there is no git."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, capture_output=True, text=True, check=False) if shutil.which("git") else None
    if listed and listed.returncode == 0:
        found = [ROOT / name for name in listed.stdout.split("\0") if name]
    else:
        found = [each for each in ROOT.rglob("*") if not NOT_OURS & set(each.relative_to(ROOT).parts)]
    return [each for each in found if each.is_file()]


def lines_with(pattern: str) -> list[str]:
    wrong = re.compile(pattern)
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in our_files()
        for number, line in enumerate(path.read_text("utf-8", errors="ignore").splitlines(), 1)
        if wrong.search(line)
    ]


def lock_text(name: str) -> str:
    return (ROOT / "requirements" / f"{name}.txt").read_text("utf-8")


def test_the_locks_were_made_from_this_pyproject() -> None:
    assert dev.stale_locks() == []


def test_a_dependency_added_without_locking_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    (tmp_path / "pyproject.toml").write_text(
        project.replace("dependencies = [", 'dependencies = ["leftpad",', 1), "utf-8"
    )
    monkeypatch.setattr(dev, "ROOT", str(tmp_path))

    complaints = dev.stale_locks()

    assert len(complaints) == len(dev.LOCKS)
    assert "python3 dev.py lock" in complaints[0]


@pytest.mark.parametrize("name", dev.LOCKS)
def test_every_locked_package_is_pinned_and_hashed(name: str) -> None:
    lines = lock_text(name).replace("\\\n", " ").splitlines()
    entries = [line for line in lines if line and not line.startswith("#")]

    loose = [
        each for each in entries if not re.match(r"[a-z0-9-]+(\[[a-z,]+\])?==\S+ .*--hash=sha256:[0-9a-f]{64}", each)
    ]

    assert entries
    assert loose == []


def test_the_bot_is_tested_with_the_versions_it_runs_with() -> None:
    run, tests = (set(re.findall(r"^\S+==\S+", lock_text(name), re.MULTILINE)) for name in ("run", "dev"))

    assert run
    assert run <= tests


def test_no_file_names_a_machine_or_a_package_registry() -> None:
    folders = "|".join(["wo" + "rk", "fa" + "rm"])
    hosts = "|".join(["python" + "hosted", r"pypi\." + "org", r"registry\." + "npmjs", r"deb\." + "debian"])

    assert lines_with(rf"/({folders})/|\.\./" + rf"shared|{hosts}") == []


def test_dev_py_can_be_read_by_any_python() -> None:
    source = (ROOT / "dev.py").read_text("ascii")
    tree = ast.parse(source)

    for node in ast.walk(tree):
        assert not isinstance(node, NEWER_SYNTAX), f"line {node.lineno}"
        match node:
            case ast.FunctionDef(args=signature):
                assert not signature.kwonlyargs, node.name
                assert not signature.posonlyargs, node.name
                assert not any(each.annotation for each in signature.args), node.name
                assert node.returns is None, node.name
            case ast.Raise():
                assert node.cause is None, f"line {node.lineno}"


@pytest.mark.parametrize("version", ["2.7.18", "3.8.10", "3.10.12"])
def test_an_old_python_gets_one_sentence(version: str) -> None:
    script = RUN_AS.format(info=tuple(map(int, version.split("."))), text=f"{version} (main)")

    ran = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)

    assert ran.returncode == 1
    assert ran.stderr == f"dev.py: Commonplace needs Python 3.11 or newer, and this is Python {version}\n"


def test_without_a_command_dev_py_says_what_it_can_do() -> None:
    ran = subprocess.run([sys.executable, ROOT / "dev.py"], capture_output=True, text=True, check=False)

    assert ran.returncode == 2
    assert all(f"\n  {command} " in ran.stderr for command in dev.COMMANDS)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """Built from a copy of what a clone would have, with the backend that is already here: no network."""
    source = tmp_path_factory.mktemp("source")
    for path in our_files():
        if path.parent == ROOT or path.relative_to(ROOT).parts[0] in PACKAGES:
            (source / path.relative_to(ROOT)).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, source / path.relative_to(ROOT))
    backend = Path(sysconfig.get_path("scripts")) / "uv-build"
    built = subprocess.run([backend, "build-wheel", source], cwd=source, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    return zipfile.ZipFile(source / built.stdout.strip())


def test_the_wheel_has_every_file_of_the_packages(wheel: zipfile.ZipFile) -> None:
    ours = {path.relative_to(ROOT).as_posix() for path in our_files()}
    inside = {name for name in wheel.namelist() if not name.endswith("/")}

    wanted = {name for name in ours if name.startswith(tuple(f"{package}/" for package in PACKAGES))}

    assert wanted
    assert wanted <= inside
    assert not [name for name in inside - wanted if ".dist-info/" not in name]


def test_the_wheel_brings_the_command(wheel: zipfile.ZipFile) -> None:
    entry_points = next(name for name in wheel.namelist() if name.endswith("entry_points.txt"))

    assert re.search(r"^commonplace *= *bot\.__main__:main$", wheel.read(entry_points).decode(), re.MULTILINE)
