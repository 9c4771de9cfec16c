"""Reading a model's answer: fences, names, refusals, diffs, JSON."""
