"""What to ask for each type of order, on the screen or on the paper that is filled in when the system is down.

Nothing here is a rule of its own: what is mandatory is what `completeness` would miss.
"""

from __future__ import annotations

from dataclasses import dataclass

from services.intake.domain.completeness import ASKED, find_missing
from services.intake.domain.new_order import PartialOrder
from services.intake.domain.taking import SUBTYPES, TO_TELL, Subtype, Told
from services.intake.domain.triage import QUESTIONS
from shared.errors import Text
from shared.glossary import BusinessType, Channel

SYSTEM_DOWN = Text(
    "很抱歉，系统正在维护，我先用纸质表单记录您的诉求，稍后补录，不影响受理时间。",
    "I am sorry, the system is down; I write your request on paper and enter it later with the time of your call.",
)
"""What is said when the system fails (requirement 003-011)."""

ALWAYS = frozenset({"reported_at", "content", "customer.address"})
"""What every order says, whatever its type."""

ON_EVERY_FORM = {
    "reported_at": Text("来电时间（照实填写）", "when the caller rang, truly"),
    "customer.name": ASKED["caller_name"],
    "customer.phone": ASKED["caller_phone"],
    "customer.address": ASKED["address"],
    "content": Text("诉求内容（详细记录）", "what it is about, in full"),
}
ON_A_REPAIR_FORM = {name: ASKED[name] for name in ("outage_scope", "outage_started_at", "surroundings")}


@dataclass(frozen=True)
class FormField:
    """One field of the form, named as in `POST /orders`."""

    name: str
    question: Text
    is_mandatory: bool


@dataclass(frozen=True)
class Form:
    """What to ask and what to tell. `triage` is for one home alone."""

    fields: list[FormField]
    subtypes: list[Subtype]
    triage: list[FormField]
    to_tell: list[Told]


def make_form(business_type: BusinessType, channel: Channel, *, is_late_entry: bool) -> Form:
    """Return the form of a type on a channel; filled in on paper it becomes a late entry."""
    is_repair = business_type is BusinessType.FAULT_REPAIR
    mandatory = ALWAYS | _mandatory(business_type, channel, is_late_entry=is_late_entry)
    questions = ON_EVERY_FORM | (ON_A_REPAIR_FORM if is_repair else {})
    return Form(
        fields=[FormField(name, question, name in mandatory) for name, question in questions.items()],
        subtypes=sorted(SUBTYPES[business_type]),
        triage=[FormField(f"triage.{name}", QUESTIONS[name], is_mandatory=False) for name in QUESTIONS if is_repair],
        to_tell=list(TO_TELL[business_type]),
    )


def _mandatory(business_type: BusinessType, channel: Channel, *, is_late_entry: bool) -> frozenset[str]:
    nothing_said = PartialOrder(
        business_type=business_type,
        channel=channel,
        name=None,
        phone=None,
        reported_at=None,
        outage_scope=None,
        outage_started_at=None,
        surroundings=None,
        is_late_entry=is_late_entry,
    )
    return frozenset(missing.field for missing in find_missing(nothing_said))
