"""ticto-inbox: receives Ticto's postbacks over HTTP and keeps them for tap-ticto.

The way of a postback: `receiver` reads and checks it, `bodies` takes its token out, `writer`
commits it together with others that wait, `store` is the table. `importer` brings files the same
way, and `supervisor` runs the tap and the target behind it.
"""
