"""Why the embedded PostgreSQL cannot start: each reason one code and one sentence that says what to do."""

from __future__ import annotations

import errno
from typing import Any

from shared.errors import Text, Unavailable

REASONS = {
    "embedded.already_running": Text(
        "另一个复电进程(pid {pid})正在使用数据目录 {folder}。请先停止它,或用 RELIGHT_DATA_FOLDER 另选目录。",
        "Another Relight (pid {pid}) runs on the data folder {folder}. Stop it, or choose another RELIGHT_DATA_FOLDER.",
    ),
    "embedded.still_stopping": Text(
        "数据目录 {folder} 仍被上一个数据库进程(pid {pid})占用。请等待它退出或结束它,然后重试。",
        "An earlier database server (pid {pid}) still uses {folder}. Wait for it to end, or end it, then try again.",
    ),
    "embedded.disk_full": Text(
        "磁盘已满:无法写入数据目录 {folder}。请清理空间后重试,已有数据未受影响。",
        "The disk is full: {folder} cannot be written. Free some space and try again; the data are unharmed.",
    ),
    "embedded.other_version": Text(
        "数据目录 {folder} 由 PostgreSQL {found} 创建,而当前程序是 {ours}。"
        "请把 RELIGHT_PG_BIN 指向 PostgreSQL {found} 的 bin 目录,或用 pg_upgrade 升级,或移走该目录重新开始。",
        "The data in {folder} belong to PostgreSQL {found}, our binaries are {ours}. Point RELIGHT_PG_BIN at the bin "
        "folder of PostgreSQL {found}, or convert the data with pg_upgrade, or move the folder away to begin anew.",
    ),
    "embedded.not_writable": Text(
        "无法写入数据目录 {folder}({detail})。请修改权限,或用 RELIGHT_DATA_FOLDER 另选目录。",
        "The data folder {folder} cannot be written ({detail}). Correct its permissions or choose another "
        "RELIGHT_DATA_FOLDER.",
    ),
    "embedded.no_namespace": Text(
        "PostgreSQL 不能以 root 运行,而此系统不允许创建用户命名空间({detail})。请改用普通用户运行,"
        "或用 RELIGHT_DATABASE_URL 指定一个数据库。",
        "PostgreSQL does not run as root, and this system permits no user namespace ({detail}). "
        "Run Relight as an ordinary user, or name a server in RELIGHT_DATABASE_URL.",
    ),
    "embedded.no_binaries": Text(
        "在 {folder} 找不到可用的 PostgreSQL 程序({detail})。请运行 make env 重新安装,"
        "或用 RELIGHT_PG_BIN 指定 bin 目录。",
        "No usable PostgreSQL programs in {folder} ({detail}). Run make env to install them again, "
        "or set RELIGHT_PG_BIN to a bin folder.",
    ),
    "embedded.failed": Text(
        "内置 PostgreSQL 未能启动:{detail}。详见 {folder}。",
        "The embedded PostgreSQL did not start: {detail}. More in {folder}.",
    ),
}


class EmbeddedPostgresError(Unavailable):
    """The embedded server cannot run; `text` is one line that tells the operator what to do."""


def failure(code: str, **context: Any) -> EmbeddedPostgresError:
    """Make the error for one of the reasons above (`code` without the prefix)."""
    full_code = f"embedded.{code}"
    return EmbeddedPostgresError(full_code, REASONS[full_code], **context)


def failure_of(problem: OSError, folder: object) -> EmbeddedPostgresError:
    """Turn what the operating system said about the data folder into one of the reasons."""
    if problem.errno in {errno.ENOSPC, errno.EDQUOT}:
        return failure("disk_full", folder=folder)
    return failure("not_writable", folder=folder, detail=problem.strerror or str(problem))


def failure_said(output: str, *, folder: object, log: object) -> EmbeddedPostgresError:
    """Turn what PostgreSQL itself said when it gave up into one of the reasons; the last complaint counts."""
    if "No space left on device" in output or "Disk quota exceeded" in output:
        return failure("disk_full", folder=folder)
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    complaints = [line for line in lines if any(word in line for word in ("FATAL", "PANIC", "error:"))]
    detail = (complaints or lines or ["it ended without a word"])[-1]
    for word in ("FATAL:", "PANIC:", "error:"):
        detail = detail.rpartition(word)[2].strip()
    if "Permission denied" in detail or "Read-only file system" in detail:
        return failure("not_writable", folder=folder, detail=detail)
    return failure("failed", detail=detail.rstrip("."), folder=log)
