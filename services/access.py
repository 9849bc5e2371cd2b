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

INTAKE: dict[str, frozenset[Role]] = {}

DISPATCH: dict[str, frozenset[Role]] = {}

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

SLA: dict[str, frozenset[Role]] = {}

POLICY: Policy = {
    f"{service}.{route}": roles
    for service, table in {"intake": INTAKE, "dispatch": DISPATCH, "callback": CALLBACK, "sla": SLA}.items()
    for route, roles in table.items()
}
