"""What uvicorn runs: `uvicorn app.main:app`."""

import logging
import os
import sys

from app.application import create_app
from app.logs import configure
from app.settings import LEVELS, Settings, SettingWrong

try:
    settings = Settings.from_environ(os.environ)
except SettingWrong as error:
    configure(LEVELS[-1])
    logging.getLogger("app").error("%s", error, extra={"fields": {"event": "setting_wrong"}})
    sys.exit(1)

configure(settings.log_level)
app = create_app(settings)
