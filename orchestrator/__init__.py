"""The headless engine: events, commands, state and the delegation pipeline."""
