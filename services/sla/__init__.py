"""Service level: which promise is at risk, which was broken, how good are we?

Speaks of promises warned, broken, kept and revised; listens to intake, dispatch and callback, and keeps every fact that
it heard, so that each clock and each indicator can be made again from the facts alone.
"""
