"""What intake does: one function a use case, one `on_<event>` a reaction. None of them commits."""
