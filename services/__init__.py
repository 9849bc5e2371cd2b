"""The services of Relight, the `relight` command that starts them, and the strangers that play with them."""
