"""Running a test command safely and reading what it says."""
