"""What the operator may write: one YAML file, checked as a whole and compiled for the rest of the program."""

from core.settings.editor import schema
from core.settings.loading import load
from core.settings.mistakes import Mistake, SettingsError
from core.settings.result import BoardSettings, Settings, SourceSettings, WebSettings

__all__ = [
    "BoardSettings",
    "Mistake",
    "Settings",
    "SettingsError",
    "SourceSettings",
    "WebSettings",
    "load",
    "schema",
]
