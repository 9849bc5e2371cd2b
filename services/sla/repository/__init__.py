"""All SQL of sla: promises in, records, clocks and facts in and out, indicators read."""
