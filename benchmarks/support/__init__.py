"""Helpers of the benchmarks: articles, timing, processes, results, and the environments of other tools."""
