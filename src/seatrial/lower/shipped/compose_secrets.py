#!/usr/bin/python3
"""Fetch the secrets of the machine's containers, as a second Compose file.

Reads lines of a container, a variable, a secret's name and a key of its JSON
(`-`: the whole secret); writes JSON, which Compose reads as YAML. What it
writes belongs into memory, and it writes nothing else.
"""

import json
import os
import subprocess
import sys


def fetch(name: str) -> str:
    """Ask Secrets Manager for a secret's text."""
    asked = ["aws", "secretsmanager", "get-secret-value", "--region", os.environ["REGION"]]
    asked += ["--secret-id", name, "--query", "SecretString", "--output", "json"]
    text: str = json.loads(subprocess.run(asked, check=True, stdout=subprocess.PIPE).stdout)
    return text


def main() -> None:
    """Write the variables of each container."""
    fetched: dict[str, str] = {}
    services: dict[str, dict[str, dict[str, str]]] = {}
    for line in sys.stdin:
        if not line.strip():
            continue
        container, variable, name, key = line.split()
        if name not in fetched:
            fetched[name] = fetch(name)
        text = fetched[name] if key == "-" else str(json.loads(fetched[name])[key])
        # Compose reads one dollar as the beginning of a variable.
        environment = services.setdefault(container, {"environment": {}})["environment"]
        environment[variable] = text.replace("$", "$$")
    json.dump({"services": services}, sys.stdout)


if __name__ == "__main__":
    main()
