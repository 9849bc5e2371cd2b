"""The form of each type of order: what to ask, on the screen or on paper when the system is down."""

from __future__ import annotations

from fastapi import APIRouter

from services.intake.domain.forms import SYSTEM_DOWN, FormField, make_form
from services.intake.domain.taking import Subtype, Told
from shared.errors import Language
from shared.glossary import BusinessType, Channel
from shared.web import Answer, Read

router = APIRouter()


class FormFieldView(Answer):
    """One field, named as in `POST /orders`, and the question that fills it."""

    name: str
    question: str
    is_mandatory: bool


class FormView(Answer):
    """What to ask and what to tell; `system_down` is what is said when it is filled in on paper (003-011)."""

    business_type: BusinessType
    channel: Channel
    is_late_entry: bool
    fields: list[FormFieldView]
    subtypes: list[Subtype]
    triage: list[FormFieldView]
    to_tell: list[Told]
    system_down: str


@router.get("/taking/forms/{business_type}", summary="What to ask for a type of order.")
async def show_form(
    door: Read, business_type: BusinessType, *, channel: Channel = Channel.LOCAL_HOTLINE, is_late_entry: bool = False
) -> FormView:
    """Return the mandatory fields, the triage and the checklist; printed, it is the offline form (003-011)."""
    form = make_form(business_type, channel, is_late_entry=is_late_entry)
    return FormView(
        business_type=business_type,
        channel=channel,
        is_late_entry=is_late_entry,
        fields=[_view(field, door.language) for field in form.fields],
        subtypes=form.subtypes,
        triage=[_view(field, door.language) for field in form.triage],
        to_tell=form.to_tell,
        system_down=SYSTEM_DOWN.say(door.language),
    )


def _view(field: FormField, language: Language) -> FormFieldView:
    return FormFieldView(name=field.name, question=field.question.say(language), is_mandatory=field.is_mandatory)
