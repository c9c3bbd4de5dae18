"""Put the template of the ticket index; a stand-in writes no tickets into it yet.

Takes OPENSEARCH_URL, which holds user and password, SHARDS and REPLICAS. Safe to run again.
"""

import base64
import json
import os
from urllib.parse import unquote, urlsplit
from urllib.request import Request, urlopen


def main() -> None:
    """Put the index template."""
    url = urlsplit(os.environ["OPENSEARCH_URL"])
    login = f"{unquote(url.username or '')}:{unquote(url.password or '')}".encode()
    counts = {
        "number_of_shards": int(os.environ["SHARDS"]),
        "number_of_replicas": int(os.environ["REPLICAS"]),
    }
    template = {"index_patterns": ["tickets*"], "template": {"settings": counts}}
    request = Request(
        f"https://{url.hostname}:{url.port or 443}/_index_template/tickets",
        json.dumps(template).encode(),
        {
            "Authorization": "Basic " + base64.b64encode(login).decode(),
            "Content-Type": "application/json",
        },
        method="PUT",
    )
    with urlopen(request, timeout=30) as answer:
        answer.read()


if __name__ == "__main__":
    main()
