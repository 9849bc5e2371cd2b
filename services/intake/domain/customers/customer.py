"""What the register knows of a customer, and who stands behind an important one."""

from __future__ import annotations

from dataclasses import dataclass

from shared.glossary import AreaType, CustomerClass, SpecialNeed, Word


class ContactRole(Word):
    """Who is told of what happens to a key customer (requirements 000-013, 000-015).

    The liaison officer (联络员) is the colleague who looks after the customer; manager and secretary are the leaders
    whose numbers stand on the customer's contact card.
    """

    LIAISON_OFFICER = "liaison_officer"
    MANAGER = "manager"
    SECRETARY = "secretary"


@dataclass(frozen=True, kw_only=True, slots=True)
class Contact:
    """Somebody who is told when an order of a key customer comes in, by a message to `phone`."""

    role: ContactRole
    name: str
    phone: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Customer:
    """What the register knows of a customer.

    `dialect` is what the customer would rather speak than Mandarin (003-013). `is_green_channel`: whatever this
    customer asks for goes first (000-010). `is_sensitive`: handled with particular care, whatever the matter.
    """

    customer_no: str
    name: str
    phone: str
    address: str
    area_type: AreaType | None = None
    transformer_area: str | None = None
    feeder: str | None = None
    station_code: str | None = None
    lon: float | None = None
    lat: float | None = None
    customer_class: CustomerClass = CustomerClass.ORDINARY
    special_need: SpecialNeed = SpecialNeed.NONE
    is_vip: bool = False
    is_dual_supply: bool = False
    is_sensitive: bool = False
    is_green_channel: bool = False
    dialect: str | None = None

    @property
    def is_important(self) -> bool:
        """Say whether the regulator counts the customer among the important ones, of whichever class."""
        return self.customer_class is not CustomerClass.ORDINARY

    @property
    def is_key(self) -> bool:
        """Say whether the customer is one of those who have contacts of their own: 重要用户, 重点客户 or VIP."""
        flags = (self.is_vip, self.is_dual_supply, self.is_sensitive, self.is_green_channel)
        return self.is_important or any(flags)

    def may_mean(self, transformer_area: str | None) -> bool:
        """Say whether an order from there may be about the customer's own place: nobody else's feeder or station is
        taken from the register when the caller names another transformer area than the customer's.
        """
        return transformer_area is None or self.transformer_area in {None, transformer_area}
