== as read
id msg_01A, model claude-sonnet-4-5-20250929
text: Half an ans
usage: 25 900 60 40 1 0 0
not finished
== to chat
id msg_01A, model claude-sonnet-4-5-20250929
text: Half an ans
not finished
== to responses
id msg_01A, model claude-sonnet-4-5-20250929
text: Half an ans
not finished
