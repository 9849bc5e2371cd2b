"""Dispatch: who goes, when were they there, when is light back?

Words: a *crew* (班组) belongs to a *station* (所) and has a *tier*; orders of one outage are one *incident* with a main
order; a *task* is one crew's job on one order in one round; a *field report* is what the crew says from there.

Speaks `shared.events.dispatch`; listens to intake: order-created, -accepted, -declined, -cancelled, -reopened,
-returned, -reworked. Others' words are never asked for: what is needed of an order is kept here as a *job order*.
"""
