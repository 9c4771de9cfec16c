"""Evidence about a candidate: checks, tests, reviews and the decision drawn from them."""
