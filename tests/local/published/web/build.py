"""Build the site, as npm would."""

import shutil
from pathlib import Path

made = Path("made")
made.mkdir()
shutil.copytree("static", made / "static")
(made / "index.html").write_text("<!doctype html><title>100 % page</title>")
(made / "a page.txt").write_text("with a space")
print("built")
