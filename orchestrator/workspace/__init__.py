"""The user's files: snapshots, stages, applying and undoing, watching."""
