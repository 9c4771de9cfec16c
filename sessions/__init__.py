"""How sessions are kept: TinyDB on a journal, so that a confirmed write is never lost.

Knows nothing of the engine: events are JSON objects with a number.
"""
