"""What the service refuses to start with."""

import pytest

from query.settings import Settings, SettingWrong

GOOD = {"PGHOST": "127.0.0.1", "REDIS_URL": "redis://:secret@127.0.0.1/0"}


def test_good_settings_are_read_and_the_password_is_not_shown() -> None:
    settings = Settings.from_environ(GOOD)
    assert settings.redis_url == GOOD["REDIS_URL"]
    assert "secret" not in repr(settings)


@pytest.mark.parametrize(("name", "value"), [("PGHOST", ""), ("LOG_LEVEL", "loud")])
def test_a_wrong_setting_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingWrong, match=name):
        Settings.from_environ({**GOOD, name: value})
