"""What can be measured, one file each: `async def measure(ground) -> list[Row]`."""
