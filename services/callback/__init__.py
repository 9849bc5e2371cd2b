"""Callback: was the customer asked, and what did they say?

Publishes callback-planned, callback-attempted, callback-completed, callback-unreachable and callback-cancelled. Listens
to intake: a local repair order that was sent gets a plan; an order that comes back or falls away takes its open plan
with it. The last call of a national order belongs to the national centre (requirement 001-002): it gets no plan here.
"""
