== as read
id msg_01A, model claude-sonnet-4-5-20250929
text: Hi.
usage: 77 11 0 0 3 0 0
finished: stop 
== to chat
id msg_01A, model claude-sonnet-4-5-20250929
text: Hi.
usage: 77 11 0 0 3 0 0
finished: stop 
== to responses
id msg_01A, model claude-sonnet-4-5-20250929
text: Hi.
usage: 77 11 0 0 3 0 0
finished: stop 
