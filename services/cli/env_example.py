"""`relight env-example`: prints `.env.example`, made from the model that reads the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

HEADING = """\
# Every setting of Relight with its default. Copy to .env, or set it in the environment. Made by: relight env-example
# 复电的全部设置及默认值。复制为 .env 或写入环境变量。由 relight env-example 生成。
"""


def env_example() -> None:
    """Print every setting with its default. | 打印全部设置及默认值。"""
    print(make_env_example(), end="")


def make_env_example() -> str:
    """Return the text of `.env.example`: commented out, so that a copy changes nothing."""
    from shared.settings import Settings

    lines = [HEADING]
    for name, field in Settings.model_fields.items():
        variable = field.alias or f"RELIGHT_{name.upper()}"
        lines.append(f"# {field.description}\n# {variable}={_default(field)}\n")
    return "\n".join(lines)


def _default(field: FieldInfo) -> str:
    from pydantic import SecretStr, TypeAdapter

    value: Any = field.get_default(call_default_factory=True, validated_data={})
    if value is None:
        return ""
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return str(TypeAdapter(type(value)).dump_json(value).decode()).strip('"')
