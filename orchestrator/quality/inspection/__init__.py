"""Looking at a candidate without running it: syntax, contract, imports, constraints."""
