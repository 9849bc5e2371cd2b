"""All SQL of intake: orders in and out, their timeline, lists, customers and policies."""
