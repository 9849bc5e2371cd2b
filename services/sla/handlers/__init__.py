"""What sla does: takes facts into the books, keeps the timer, answers what was promised and how good we are."""
