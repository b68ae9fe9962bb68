"""State that outlives a process: conversations, tasks and their events, in SQLite or PostgreSQL.

`database` connects, `tables` describes, `tasks` is what the application calls, `migrate` brings a database up to date.
"""
