"""Benchmarks of newsnorm: ``python -m benchmarks --help``. Each module is a subcommand; helpers are in `support`."""
