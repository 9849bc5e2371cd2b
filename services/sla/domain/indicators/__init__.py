"""How good we are: what is added up (`tally`), what is divided (`report`), the outages of a replay (`outages`)."""
