"""What the service refuses to start with."""

import pytest

from app.settings import Settings, SettingWrong

GOOD = {"JWT_SECRET": "x" * 32, "PGHOST": "127.0.0.1", "LOG_LEVEL": "warning"}


def test_good_settings_are_read_and_the_secret_is_not_shown() -> None:
    settings = Settings.from_environ(GOOD)
    assert settings.log_level == "WARNING"
    assert "x" * 32 not in repr(settings)


@pytest.mark.parametrize("wrong", [{"JWT_SECRET": "short"}, {"LOG_LEVEL": "loud"}, {"PGHOST": ""}])
def test_a_wrong_setting_is_named_and_its_value_is_not(wrong: dict[str, str]) -> None:
    with pytest.raises(SettingWrong) as error:
        Settings.from_environ({**GOOD, **wrong})
    [(name, value)] = wrong.items()
    assert name in str(error.value)
    assert not value or value not in str(error.value)
