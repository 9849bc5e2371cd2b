"""How good we are, counted: what is added up (`tally`), what is divided (`report`), and the outages of a replay (`outages`)."""
