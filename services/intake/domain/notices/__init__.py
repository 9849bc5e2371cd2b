"""停电通知: what will be switched off, who is told, by when, and what shows that they were.

`notice` is the life of one; `lead` how long before it must be public; `recipients` whom to reach one by one;
`sequence` the order in which feeders are shed; `brief` what a caller from the place is told.
"""
