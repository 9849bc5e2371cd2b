"""Plays outages that really were through the running system, as late entries, and asks it what it counted.

`outages` reads the file, `mapping` turns it into facts (the rules are stated there), `pipeline` sends them.
"""
