"""`python -m tui` is the same as `orchestrator-tui`."""

from tui.cli import main

if __name__ == "__main__":
    main(prog_name="orchestrator-tui")
