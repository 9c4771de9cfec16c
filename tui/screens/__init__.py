"""The screens: each arranges panes and turns keys into commands."""
