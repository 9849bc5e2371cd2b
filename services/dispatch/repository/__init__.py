"""All SQL of dispatch: aggregates in and out, what is open now, the organisation, and what people read."""
