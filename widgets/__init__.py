"""The panes of the control room."""
