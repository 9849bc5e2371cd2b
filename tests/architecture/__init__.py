"""The rules of the house that no type checker knows, each with its reason."""
