"""The customers that we supply: who they are, what care they need, and whom else to tell."""

from __future__ import annotations

from services.intake.domain.customers.customer import Contact, ContactRole, Customer

__all__ = ["Contact", "ContactRole", "Customer"]
