"""Measures Relight on this machine: every figure beside a limit or a peer measured in the same run.

Strangers only: what is measured is started as processes and spoken to over HTTP on loopback; databases are looked at,
never changed, except where a measurement says so. `python -m benchmarks --help` tells how to run it.
"""
