"""The seven tables of transitions, by themselves: lifecycles 3.2 row by row, and how the types differ."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from services.intake.domain.handling.kinds import kind_of
from services.intake.domain.handling.words import Outcome
from services.intake.domain.lifecycle import LIFECYCLES, TERMINAL, Action, Status, is_legal, legal_actions, next_status
from shared.glossary import BusinessType

B, S, A = BusinessType, Status, Action
ROOT = Path(__file__).parents[2]
HANDLED = [B.COMPLAINT, B.MISCONDUCT_REPORT, B.OPINION, B.SUGGESTION, B.CONSULTATION]
SIX = [*HANDLED, B.PRAISE]

NATIONAL = [
    (A.ACCEPT, S.ACCEPTED),
    (A.FORWARD, S.FORWARDED),
    (A.TRY_CONTACT, S.FORWARDED),
    (A.CONTACT, S.CUSTOMER_CONTACTED),
    (A.CONTACT, S.CUSTOMER_CONTACTED),
    (A.INVESTIGATE, S.INVESTIGATING),
    (A.TRANSFER_EXTERNAL, S.TRANSFERRED_EXTERNAL),
    (A.INVESTIGATE, S.INVESTIGATING),
    (A.DRAFT_REPLY, S.REPLY_DRAFTED),
    (A.CITY_REVIEW, S.CITY_REVIEWED),
    (A.SUBMIT, S.PROVINCE_REVIEW),
    (A.PROVINCE_RETURN, S.PROVINCE_RETURNED),
    (A.MEND, S.REPLY_DRAFTED),
    (A.DRAFT_REPLY, S.REPLY_DRAFTED),
    (A.CITY_REVIEW, S.CITY_REVIEWED),
    (A.SUBMIT, S.PROVINCE_REVIEW),
    (A.PROVINCE_APPROVE, S.NATIONAL_CALLBACK),
    (A.RETURN, S.NATIONAL_RETURNED),
    (A.SEND_OUT_AGAIN, S.FORWARDED),
]


@pytest.mark.parametrize("business_type", HANDLED)
def test_the_national_path_with_both_returns_is_legal_step_by_step(business_type: BusinessType) -> None:
    status = S.RECEIVED
    for action, target in NATIONAL:
        status = next_status(business_type, status, action)
        assert status is target


@pytest.mark.parametrize("business_type", HANDLED)
def test_a_local_order_is_called_back_by_ourselves(business_type: BusinessType) -> None:
    status = S.CITY_REVIEWED
    for action in (A.SEND, A.AWAIT_CALLBACK, A.CALL_BACK, A.ARCHIVE):
        status = next_status(business_type, status, action)

    assert status is S.ARCHIVED


@pytest.mark.requirement("001-006")
def test_the_province_reviews_the_six_types_and_no_repair() -> None:
    reviewed = {kind for kind, table in LIFECYCLES.items() if A.PROVINCE_APPROVE in table}

    assert reviewed == set(SIX)


@pytest.mark.parametrize("business_type", HANDLED)
def test_a_statement_may_be_handed_up_from_any_open_state(business_type: BusinessType) -> None:
    table = LIFECYCLES[business_type]
    on_the_way = {s for step in table.values() for s in (step.sources | step.targets)} - TERMINAL
    passing = {S.PROVINCE_RETURNED, S.NATIONAL_RETURNED, S.REOPENED, S.STATEMENT_REFUSED, S.ANSWERED_ON_CALL}
    decided = {S.STATEMENT_APPROVED, S.CALLBACK_CANCELLED, S.APPEAL_OPEN}

    assert table[A.SUBMIT_STATEMENT].sources == on_the_way - passing - decided - {S.RECEIVED}


def test_no_lifecycle_rests_where_an_order_only_passes() -> None:
    """What a return or a refusal passes through is left at once: nobody has to press anything."""
    for table in LIFECYCLES.values():
        for passing, onward in (
            (S.PROVINCE_RETURNED, A.MEND),
            (S.STATEMENT_REFUSED, A.MEND),
            (S.NATIONAL_RETURNED, A.SEND_OUT_AGAIN),
            (S.REOPENED, A.SEND_OUT_AGAIN),
        ):
            leaving = {action for action, step in table.items() if passing in step.leads}
            assert leaving <= {onward}


@pytest.mark.parametrize("business_type", list(BusinessType))
def test_only_consultations_and_suggestions_are_answered_on_the_call(business_type: BusinessType) -> None:
    is_answered = is_legal(business_type, S.RECEIVED, A.ANSWER_ON_CALL)

    assert is_answered is (business_type in {B.CONSULTATION, B.SUGGESTION})


@pytest.mark.parametrize("business_type", list(BusinessType))
def test_only_an_archived_complaint_is_appealed_against(business_type: BusinessType) -> None:
    assert is_legal(business_type, S.ARCHIVED, A.APPEAL) is (business_type is B.COMPLAINT)


@pytest.mark.parametrize("business_type", SIX)
@pytest.mark.parametrize("status", sorted(TERMINAL))
def test_nothing_but_an_appeal_is_pressed_on_a_handled_order_that_is_over(
    business_type: BusinessType, status: Status
) -> None:
    assert set(legal_actions(business_type, status)) <= {A.APPEAL}


def test_a_praise_is_verified_and_nobody_is_called_about_it() -> None:
    table = LIFECYCLES[B.PRAISE]

    assert not {A.CALL_BACK, A.RETURN, A.SEND, A.DRAFT_REPLY} & table.keys()
    assert next_status(B.PRAISE, S.ACCEPTED, A.VERIFY) is S.VERIFIED
    assert next_status(B.PRAISE, S.VERIFIED, A.ARCHIVE) is S.ARCHIVED


def test_a_repair_that_is_reported_again_lands_among_the_consultations() -> None:
    assert next_status(B.CONSULTATION, S.RECEIVED, A.LINK_AS_CONSULTATION) is S.CONSULTATION_LINKED


@pytest.mark.requirement("003-034")
def test_opinions_and_suggestions_are_adopted_or_not_and_complaints_settled() -> None:
    for business_type in (B.OPINION, B.SUGGESTION):
        assert {Outcome.ADOPTED, Outcome.NOT_ADOPTED} <= kind_of(business_type).outcomes
    assert Outcome.ADOPTED not in kind_of(B.COMPLAINT).outcomes
    for business_type in SIX:
        assert Outcome.EXPLAINED_NOT_ACCEPTABLE in kind_of(business_type).outcomes


@pytest.mark.requirement("004-011")
@pytest.mark.parametrize("business_type", SIX)
def test_nothing_of_the_six_types_is_ever_cancelled(business_type: BusinessType) -> None:
    assert not [action for action in LIFECYCLES[business_type] if action.startswith("cancel_as")]


EIGHTH = """
import sys, types
from pathlib import Path

source = Path("shared/glossary.py").read_text()
source = source.replace('    PRAISE = "praise"\\n', '    PRAISE = "praise"\\n    HELP = "help"\\n', 1)
glossary = sys.modules["shared.glossary"] = types.ModuleType("shared.glossary")
exec(compile(source, "shared/glossary.py", "exec"), glossary.__dict__)

from services.intake.domain import lifecycle
from services.intake.domain.forms import make_form
from services.intake.domain.handling.kinds import KINDS, Kind, kind_of

HELP = glossary.BusinessType.HELP
KINDS[HELP] = Kind(asks_substantiation=True)  # if it asks for something of its own

from services.intake.domain.reply_quality.parts import WANTED
from services.intake.domain.taking import SUBTYPES, TO_TELL
from services.intake.handlers.customer_care import TYPES

lifecycle.LIFECYCLES[HELP] = lifecycle.HANDLED  # the one line

assert lifecycle.next_status(HELP, lifecycle.Status.ACCEPTED, lifecycle.Action.FORWARD) == "forwarded"
assert kind_of(HELP).outcomes and "is_substantiated" in WANTED[HELP]
assert SUBTYPES[HELP] and TO_TELL[HELP] and TYPES[HELP]
assert make_form(HELP, glossary.Channel.COUNTER, is_late_entry=False).fields
print("an eighth type")
"""


def test_an_eighth_type_needs_its_word_and_one_line() -> None:
    """With a word in the glossary and a line in `LIFECYCLES` it is taken, handled and answered like any other."""
    done = subprocess.run([sys.executable, "-c", EIGHTH], capture_output=True, text=True, check=False, cwd=ROOT)

    assert done.stdout.strip() == "an eighth type", done.stderr
