"""What the service refuses to start with."""

import pytest

from ingestion.settings import Settings, SettingWrong

GOOD = {"KAFKA_BROKERS": "127.0.0.1:9092", "WRITE_KEYS": "one, two,", "LOG_LEVEL": "warning"}


def test_good_settings_are_read_and_keys_are_not_shown() -> None:
    settings = Settings.from_environ(GOOD)
    assert settings.write_keys == {"one", "two"}
    assert settings.log_level == "WARNING"
    assert "two" not in repr(settings)


@pytest.mark.parametrize(
    ("name", "value"), [("KAFKA_BROKERS", ""), ("WRITE_KEYS", ","), ("LOG_LEVEL", "loud")]
)
def test_a_wrong_setting_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingWrong, match=name):
        Settings.from_environ({**GOOD, name: value})
