"""知识库: the standard answers, who keeps each of them, and how they are found (requirements 000-030 to 000-032)."""
