"""Clients of model servers: one interface, several wire formats."""
