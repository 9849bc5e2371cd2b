"""The call after the reply to a local order that is no repair: its rules and its questions."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

QUESTIONS: list[dict[str, Any]] = [
    {
        "field": "satisfaction",
        "kind": "satisfaction",
        "zh": "您对我们的处理结果满意吗？",
        "en": "Are you satisfied with the result?",
        "is_required": True,
    },
    {
        "field": "service_satisfaction",
        "kind": "satisfaction",
        "zh": "您对我们的服务态度满意吗？",
        "en": "Are you satisfied with the way you were treated?",
        "is_required": True,
    },
    {
        "field": "opinion",
        "kind": "text",
        "zh": "请问您还有什么意见或建议？（不满意时必须详细记录）",
        "en": "What would you like to tell us? (to be recorded in detail when dissatisfied)",
        "is_required": False,
    },
]


def upgrade() -> None:
    # The sources name no time for it either (decision 7): a day, as after a repair; the same window and attempts.
    op.execute(
        "INSERT INTO callback.policies VALUES ('019300c0-0000-7000-8000-000000000003', 'non_repair_local',"
        " '2000-01-01T00:00:00+08:00', '24 hours', '6 hours', '21:00', '08:00', 3, '2 hours')"
    )
    op.execute(
        sa.text(
            "INSERT INTO callback.questionnaires VALUES ('019300c0-0000-7000-8000-000000000004', 'non_repair_local', 1,"
            " '2000-01-01T00:00:00+08:00', CAST(:questions AS jsonb))"
        ).bindparams(questions=json.dumps(QUESTIONS, ensure_ascii=False))
    )


def downgrade() -> None:
    op.execute("DELETE FROM callback.questionnaires WHERE plan = 'non_repair_local'")
    op.execute("DELETE FROM callback.policies WHERE plan = 'non_repair_local'")
