"""The application: screens, keys, command line, and the bridge between engine and panes."""
