"""Intake: who asked for what, and where is it now?

Words: a *work order* (`order`) of one of seven business types is *received* (受理), *accepted* (接单) by the city or
*declined* within three minutes, followed through the field by what dispatch tells, reviewed and *sent* (发送),
called back and *archived* (归档). *Returned* (国网退单, 省退市) and *reopened* orders go out again under the same
number; a *round* is one way through. The *first responder* never changes (首问负责制). The *timeline* keeps one row for
each event of an order.

Speaks: order-created, -accepted, -declined, -sent, -reworked, -returned, -called-back, -reopened, -archived,
-cancelled.
Hears: everything that dispatch tells of an order, and what callback learned from the customer.
"""
