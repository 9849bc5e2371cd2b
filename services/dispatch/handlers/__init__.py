"""What dispatch does: one function each, called by a door inside its transaction; none of them commits."""

from services.dispatch.handlers.staff import (
    add_staff_account,
    change_password,
    disable_staff_account,
    list_staff_accounts,
)

__all__ = ["add_staff_account", "change_password", "disable_staff_account", "list_staff_accounts"]
