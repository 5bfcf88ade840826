== as read
id msg_01A, model claude-sonnet-4-5-20250929
text: Whole.
usage: 25 900 60 40 40 0 0
finished: length 
== to chat
id msg_01A, model claude-sonnet-4-5-20250929
text: Whole.
usage: 25 900 100 0 40 0 0
finished: length 
== to responses
id msg_01A, model claude-sonnet-4-5-20250929
text: Whole.
usage: 25 900 100 0 40 0 0
finished: length 
