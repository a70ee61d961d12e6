"""Fields of a pydantic-settings class out of a manager (``pip install pydantic-settings``).

::

    class Settings(BaseSettings):
        model_config = SettingsConfigDict(hide_input_in_errors=True)
        database_password: Secret

        @classmethod
        def settings_customise_sources(cls, settings_cls, **kinds):
            return (SecretsSource(settings_cls, secrets), *kinds.values())

A field of type :class:`Secret` gets the secret itself, any other its value as text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

from revoctl.secret import Secret

try:
    from pydantic_settings import BaseSettings, PydanticBaseSettingsSource
except ImportError as error:  # pragma: no cover - told to whoever lacks it
    raise ImportError("revoctl.secrets.settings_source needs pydantic-settings") from error

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

    from revoctl.secrets.manager import SecretsManager


class SecretsSource(PydanticBaseSettingsSource):
    """Reads every field's name (``_`` as ``-``), or its alias as it stands, from the manager.

    A missing secret is left to the next source; every other error is raised.
    """

    def __init__(self, settings_cls: type[BaseSettings], manager: SecretsManager) -> None:
        super().__init__(settings_cls)
        self._manager = manager

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """The value, its key in the settings and that it is not JSON."""
        name = field.alias or field_name.replace("_", "-")
        secret = self._manager.find(name)
        key = field.alias or field_name
        if secret is None:
            return None, key, False
        return (secret if _wants_secret(field.annotation) else secret.reveal()), key, False

    def __call__(self) -> dict[str, Any]:
        """All fields that the manager has."""
        found: dict[str, Any] = {}
        for field_name, field in self.settings_cls.model_fields.items():
            value, key, _ = self.get_field_value(field, field_name)
            if value is not None:
                found[key] = value
        return found


def _wants_secret(annotation: Any) -> bool:
    return annotation is Secret or any(_wants_secret(part) for part in get_args(annotation))
