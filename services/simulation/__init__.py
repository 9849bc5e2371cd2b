"""Strangers that speak HTTP only: an invented county, a stormy evening in it, and the replay of outages that were real.

Nothing here imports a service. Whatever happens, happens through the doors that everybody else has.
"""
