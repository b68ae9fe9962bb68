"""The agents as other software meets them: A2A 1.0 over JSON-RPC and REST, and 0.3 for older clients.

`agents` says what each agent is and takes, `operations` does what the protocol offers on an agent's desk, and knows
nothing of HTTP. `fields`, `reading` and `writing` are the 1.0 form of what comes in and goes out; `legacy` turns it
into 0.3 and back. `jsonrpc`, `rest`, `legacy_views` and `cards` are the views.
"""
