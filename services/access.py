"""Who may call what: the one table. A route that is not named here is nobody's (architecture, section 6).

Read a line as: «<service>.<route> may be called by …». A test walks every route of the live OpenAPI and every role
against it. Crews see their own tasks only: the routes themselves narrow to the caller's crew.
"""

from __future__ import annotations

from shared.auth import STAFF, Policy, Role

AGENT, DISPATCHER, CREW, REVIEWER = Role.AGENT, Role.DISPATCHER, Role.CREW, Role.REVIEWER
SUPERVISOR, AUDITOR, OPS, UPSTREAM, PUBLIC = Role.SUPERVISOR, Role.AUDITOR, Role.OPS, Role.UPSTREAM, Role.PUBLIC

_DESK = frozenset({AGENT, DISPATCHER, SUPERVISOR})
_COMMAND = frozenset({DISPATCHER, SUPERVISOR})

INTAKE: dict[str, frozenset[Role]] = {
    "create_order": _DESK | {OPS},
    "create_orders": _DESK | {OPS},
    "push_order": frozenset({UPSTREAM}),
    "push_orders": frozenset({UPSTREAM}),
    "push_callback": frozenset({UPSTREAM}),
    "push_return": frozenset({UPSTREAM}),
    "list_orders": STAFF,
    "show_order": STAFF,
    "show_timeline": STAFF,
    "view_contact": frozenset({AGENT, DISPATCHER, REVIEWER, SUPERVISOR, AUDITOR}),
    "accept_order": _COMMAND,
    "decline_order": _COMMAND,
    "send_order": frozenset({REVIEWER, SUPERVISOR}),
    "send_orders": frozenset({REVIEWER, SUPERVISOR}),
    "rework_order": frozenset({REVIEWER, SUPERVISOR}),
    "archive_order": frozenset({AGENT, SUPERVISOR}),
    "cancel_order": frozenset({SUPERVISOR}),
    "put_customers": frozenset({OPS, SUPERVISOR}),
    "list_policies": STAFF,
    "set_acceptance": frozenset({OPS, SUPERVISOR}),
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
