"""What the words of the command line do; `tui.cli` names them and their options."""
