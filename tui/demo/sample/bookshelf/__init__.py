"""A small library that keeps track of books."""
