"""Settings: from the defaults, the user's file, the environment and flags to one checked value."""

from orchestrator.settings.loading import (
    default_settings_file,
    find_settings_file,
    load_settings,
)

__all__ = ["default_settings_file", "find_settings_file", "load_settings"]
