"""`make demo`: both plugins at work against the sandbox, through Meltano."""
