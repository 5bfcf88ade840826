== as read
id msg_01A, model claude-sonnet-4-5-20250929
reasoning:  [redacted: EmwKAhgBEgy3va==]
text: Done.
usage: 25 900 60 40 9 0 0
finished: stop sequence </end>
== to chat
id msg_01A, model claude-sonnet-4-5-20250929
text: Done.
usage: 25 900 100 0 9 0 0
finished: stop 
could not carry: what seals the reasoning
== to responses
id msg_01A, model claude-sonnet-4-5-20250929
reasoning:  [carried for shop/m-1 redacted: EmwKAhgBEgy3va==]
text: Done.
usage: 25 900 100 0 9 0 0
finished: stop 
