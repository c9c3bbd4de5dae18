"""The program: `python main.py --host 127.0.0.1 --port 8000`."""

import argparse
import logging
import os
import sys

import uvicorn

from query.application import create_app
from query.logs import configure
from query.settings import LEVELS, Settings, SettingWrong


def main() -> int:
    """Serve until SIGTERM; requests that are under way are answered first."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, required=True)
    asked = parser.parse_args()
    try:
        settings = Settings.from_environ(os.environ)
    except SettingWrong as error:
        configure(LEVELS[-1])
        logging.getLogger("query").error("%s", error)
        return 1
    configure(settings.log_level)
    uvicorn.run(
        create_app(settings),
        host=asked.host,
        port=asked.port,
        http="httptools",
        loop="uvloop",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=75,  # longer than a load balancer's, which must be the one to hang up
        timeout_graceful_shutdown=20,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
