"""Who may call what: the one table. A route that is not named here is nobody's (architecture, section 6).

Read a line as: «<service>.<route> may be called by …». A test walks every route of the live OpenAPI and every role
against it. Crews see their own tasks only: the routes themselves narrow to the caller's crew.
"""

from __future__ import annotations

from shared.auth import STAFF, Policy, Role

AGENT, DISPATCHER, CREW, REVIEWER = Role.AGENT, Role.DISPATCHER, Role.CREW, Role.REVIEWER
SUPERVISOR, AUDITOR, OPS, UPSTREAM, PUBLIC = Role.SUPERVISOR, Role.AUDITOR, Role.OPS, Role.UPSTREAM, Role.PUBLIC
INSPECTOR = Role.INSPECTOR

_DESK = frozenset({AGENT, DISPATCHER, SUPERVISOR})
_COMMAND = frozenset({DISPATCHER, SUPERVISOR})
_ON_DUTY = _DESK | {REVIEWER, INSPECTOR}
_REVIEW = frozenset({REVIEWER, SUPERVISOR, INSPECTOR})

INTAKE: dict[str, frozenset[Role]] = {
    "create_order": _DESK | {OPS},
    "create_orders": _DESK | {OPS},
    "push_order": frozenset({UPSTREAM}),
    "push_orders": frozenset({UPSTREAM}),
    "push_callback": frozenset({UPSTREAM}),
    "push_return": frozenset({UPSTREAM}),
    "list_orders": STAFF,
    "export_orders": _COMMAND | {REVIEWER, AUDITOR, INSPECTOR},
    "list_platform_messages": frozenset({OPS, SUPERVISOR, AUDITOR}),
    "show_order": STAFF,
    "show_timeline": STAFF,
    "view_contact": frozenset({AGENT, DISPATCHER, REVIEWER, SUPERVISOR, AUDITOR}),
    "accept_order": _COMMAND | {INSPECTOR},
    "decline_order": _COMMAND | {INSPECTOR},
    "send_order": frozenset({REVIEWER, SUPERVISOR, INSPECTOR}),
    "send_orders": frozenset({REVIEWER, SUPERVISOR, INSPECTOR}),
    "rework_order": frozenset({REVIEWER, SUPERVISOR, INSPECTOR}),
    "archive_order": frozenset({AGENT, SUPERVISOR, INSPECTOR}),
    "cancel_order": frozenset({SUPERVISOR}),
    "put_customers": frozenset({OPS, SUPERVISOR}),
    "list_policies": STAFF,
    "set_acceptance": frozenset({OPS, SUPERVISOR}),
    # Responsibility: shifts, hand-overs, transfers; what is said of an order; supervision.
    "sign_in_shift": _ON_DUTY,
    "sign_out_shift": _ON_DUTY,
    "show_my_shift": _ON_DUTY,
    "offer_handover": _ON_DUTY,
    "answer_handover": _ON_DUTY,
    "list_handovers": _ON_DUTY,
    "list_first_contacts": _ON_DUTY,
    "take_order_on": _ON_DUTY,
    "transfer_order": _DESK | {INSPECTOR},
    "open_green_channel": frozenset({SUPERVISOR, INSPECTOR}),
    "show_responsibility": STAFF,
    "urge_order": _DESK | {INSPECTOR},
    "supplement_order": _DESK | {INSPECTOR},
    "withdraw_order": _DESK | {INSPECTOR},
    "list_matters": STAFF,
    "push_urge": frozenset({UPSTREAM}),
    "push_supplement": frozenset({UPSTREAM}),
    "push_withdrawal": frozenset({UPSTREAM}),
    "open_supervision": frozenset({SUPERVISOR, INSPECTOR}),
    "report_supervision": _ON_DUTY,
    "close_supervision": frozenset({SUPERVISOR, INSPECTOR}),
    "list_supervisions": STAFF,
    "list_alerts": STAFF,
    "see_alerts": STAFF,
    # Notifications: who has to be told, who was; what a unit may read of a misconduct report.
    "call_department": _DESK,
    "list_department_calls": STAFF,
    "set_complaint_telling": frozenset({OPS, SUPERVISOR}),
    "list_notifications": _COMMAND | {AUDITOR, OPS, INSPECTOR},
    "show_notification": _COMMAND | {AUDITOR, OPS, INSPECTOR},
    "retry_notification": frozenset({OPS, SUPERVISOR, INSPECTOR}),
    "dismiss_notification": frozenset({SUPERVISOR, INSPECTOR}),
    "list_notification_contacts": _DESK | {REVIEWER, AUDITOR, OPS, INSPECTOR},
    "put_notification_contacts": frozenset({OPS, SUPERVISOR}),
    "show_unit_brief": frozenset({INSPECTOR}),
    # customers: the register, and the visits at the doors of the weak
    "look_up_customers": _DESK,
    "show_customer": STAFF,
    "list_visits_due": _DESK | {REVIEWER, AUDITOR},
    "enter_visit": _DESK,
    "set_visit_every": frozenset({OPS, SUPERVISOR}),
    # notices: outages that are announced, and who was told
    "draw_up_notice": _COMMAND,
    "list_notices": STAFF,
    "find_known_outage": STAFF,
    "show_notice": _DESK | {REVIEWER, AUDITOR},
    "show_notice_of_order": STAFF,
    "publish_notice": _DESK,
    "enter_notice_calls": _DESK,
    "switch_off": _COMMAND,
    "switch_on": _COMMAND,
    "withdraw_notice": _COMMAND,
    "set_notice_lead": frozenset({OPS, SUPERVISOR}),
    "enter_sequence_table": frozenset({OPS, SUPERVISOR}),
    "list_sequence_tables": STAFF,
    # knowledge: the standard answers
    "search_articles": STAFF,
    "suggest_articles": STAFF,
    "list_articles": STAFF,
    "show_article": STAFF,
    "list_article_versions": STAFF,
    "write_article": STAFF - {AUDITOR},
    "reword_article": STAFF - {AUDITOR},
    "confirm_article": STAFF - {AUDITOR},
    "retire_article": STAFF - {AUDITOR},
    # taking: while the caller is on the line, calls, service requests, the report box
    "triage_order": _DESK,
    "resolve_by_phone": _DESK,
    "note_told": _DESK,
    "complete_taking": _DESK,
    "read_briefing": _DESK | {INSPECTOR},
    "show_form": STAFF,
    "set_taking_policy": frozenset({OPS, SUPERVISOR}),
    "open_call": frozenset({AGENT, SUPERVISOR}),
    "settle_call": frozenset({AGENT, SUPERVISOR}),
    "ring_back": frozenset({AGENT, SUPERVISOR}),
    "escalate_to_supervisor": frozenset({AGENT, SUPERVISOR}),
    "reassign_call": frozenset({AGENT, SUPERVISOR}),
    "list_calls": frozenset({AGENT, SUPERVISOR, AUDITOR}),
    "show_call": frozenset({AGENT, SUPERVISOR, AUDITOR}),
    "flag_caller": frozenset({AGENT, SUPERVISOR}),
    "lift_caller_flag": frozenset({SUPERVISOR}),
    "create_service_request": _DESK | {OPS},
    "handle_service_request": _DESK,
    "answer_service_request": _DESK,
    "withdraw_service_request": _DESK,
    "tell_service_request": _DESK,
    "list_service_requests": STAFF,
    "show_service_request": STAFF,
    "enter_opening": frozenset({AGENT, SUPERVISOR, INSPECTOR}),
    "list_box_days": frozenset({AGENT, SUPERVISOR, AUDITOR, INSPECTOR}),
    # Reply quality and attachments: a recording is opened by those who judge (the handler narrows).
    "check_reply": STAFF,
    "check_order_reply": _DESK | {REVIEWER, INSPECTOR},
    "list_reply_rules": STAFF,
    "list_reply_words": STAFF,
    "set_reply_words": frozenset({OPS, SUPERVISOR}),
    "show_prevention": frozenset({REVIEWER, SUPERVISOR, AUDITOR, INSPECTOR}),
    "add_attachment": _DESK | {REVIEWER, INSPECTOR},
    "list_attachments": STAFF,
    "fetch_attachment": _DESK | {REVIEWER, AUDITOR, INSPECTOR},
    # Handling: what a department, the city's reviewers and the province do with the six other types.
    "forward_order": _DESK | {INSPECTOR},
    "contact_customer": _DESK | {INSPECTOR},
    "investigate_order": _DESK | {INSPECTOR},
    "transfer_external": _COMMAND | {INSPECTOR},
    "draft_reply": _DESK | {REVIEWER, INSPECTOR},
    "review_reply": _REVIEW,
    "submit_reply": _REVIEW,
    "review_by_province": frozenset({UPSTREAM}),
    "push_callback_cancellation": frozenset({UPSTREAM}),
    "submit_statement": _REVIEW,
    "open_appeal": frozenset({SUPERVISOR}),
    "settle_appeal": frozenset({SUPERVISOR}),
    "answer_on_call": frozenset({AGENT, SUPERVISOR}),
    "verify_praise": _DESK,
    # Not who handled it: who is judged does not ask the customer (compare 000-045).
    "enter_callback": frozenset({AGENT, SUPERVISOR, INSPECTOR}),
    "reopen_order": _REVIEW,
    "conclude_order": frozenset({AGENT, SUPERVISOR, INSPECTOR}),
    "show_handling": STAFF,
    "amend_order": frozenset({SUPERVISOR, INSPECTOR}),
    # Duplicates: what is about one thing, who calls again and again, which village is meant.
    "show_duplicates": STAFF,
    "list_alike": STAFF,
    "link_order": _COMMAND,
    "list_repeat_callers": frozenset({AGENT, SUPERVISOR, AUDITOR}),
    "read_place": _DESK,
    "set_duplicates": frozenset({OPS, SUPERVISOR}),
}

DISPATCH: dict[str, frozenset[Role]] = {
    "staff_sign_in": frozenset({PUBLIC}),
    "staff_refresh": frozenset({PUBLIC}),
    "crew_sign_in": frozenset({PUBLIC}),
    "crew_refresh": frozenset({PUBLIC}),
    "list_mobile_tasks": frozenset({CREW}),
    "stream_mobile_tasks": frozenset({CREW}),
    "post_reports": frozenset({CREW}),
    "put_position": frozenset({CREW}),
    "post_attachment": frozenset({CREW}),
    "put_organisation": frozenset({OPS}),
    "put_grid": frozenset({OPS}),
    "put_readiness": _COMMAND | {OPS},
    "list_crews": _COMMAND | {AUDITOR, OPS},
    "list_incidents": _DESK | {REVIEWER, AUDITOR, OPS},
    "get_incident": _DESK | {REVIEWER, AUDITOR, OPS},
    "get_job_order": _DESK | {REVIEWER, AUDITOR, OPS},
    "list_suggestions": _COMMAND,
    "post_assignment": _COMMAND,
    "post_assignments": _COMMAND | {OPS},
    # Leave to work is the grid dispatcher's alone; a supervisor presses in the dispatcher's place (000-087).
    "list_permits": _COMMAND | {AUDITOR},
    "post_permit": _COMMAND,
    "post_permits": _COMMAND | {OPS},
    "post_switching_done": _COMMAND,
    "post_observations": _COMMAND | {OPS},
}

CALLBACK: dict[str, frozenset[Role]] = {
    # Not the dispatchers and crews who handled the order: who is judged does not ask the customer (compare 000-045).
    "list_plans": frozenset({AGENT, SUPERVISOR, AUDITOR}),
    "show_plan": frozenset({AGENT, SUPERVISOR, AUDITOR}),
    "enter_attempt": frozenset({AGENT, SUPERVISOR}),
    "enter_attempts": frozenset({AGENT, SUPERVISOR}),
    "list_questionnaires": STAFF,
    "list_policies": STAFF,
    "add_policy": frozenset({SUPERVISOR, OPS}),
}

SLA: dict[str, frozenset[Role]] = {
    "list_promises": STAFF,
    "list_order_clocks": STAFF,
    "list_clocks": _DESK | {REVIEWER, AUDITOR, OPS},
    "read_indicators": STAFF,
    "read_outage_indicators": STAFF,
    "list_counted_orders": STAFF,
}

POLICY: Policy = {
    f"{service}.{route}": roles
    for service, table in {"intake": INTAKE, "dispatch": DISPATCH, "callback": CALLBACK, "sla": SLA}.items()
    for route, roles in table.items()
}
