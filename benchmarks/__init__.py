"""Measurements of newsnorm on this machine: ``python -m benchmarks --help``."""
