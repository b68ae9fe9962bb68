"""Who may ask, how much, and what is theirs: API keys, sessions of the page, and limits that hold across replicas.

`guard` stands before every request. It finds who asks (`identify`) by a key (`keys`, `key_store`) or by a token signed
with a secret that all replicas share (`signing`), looks up what the path needs (`paths`), and counts (`rates`,
`admission`, `streams`). `commands` is the operator's way to keys, `sign_in` the page's.
"""
