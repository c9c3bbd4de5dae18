"""What the consumer refuses to start with."""

import pytest

from consumer.settings import Settings, SettingWrong

GOOD = {"KAFKA_BROKERS": "127.0.0.1:9092", "PGHOST": "127.0.0.1", "RETENTION_DAYS": "30"}


def test_good_settings_are_read() -> None:
    settings = Settings.from_environ(GOOD)
    assert (settings.days, settings.group) == (30, "analytics-consumers")
    assert settings.dead_topic == "analytics-events-dead"


@pytest.mark.parametrize(
    ("name", "value"),
    [("KAFKA_BROKERS", ""), ("PGHOST", ""), ("RETENTION_DAYS", "0"), ("LOG_LEVEL", "loud")],
)
def test_a_wrong_setting_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingWrong, match=name):
        Settings.from_environ({**GOOD, name: value})
