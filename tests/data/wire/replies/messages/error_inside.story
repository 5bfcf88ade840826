== as read
id msg_01A, model claude-sonnet-4-5-20250929
text: Half an ans
failed:  / overloaded_error / Overloaded
usage: 25 900 60 40 1 0 0
not finished
== to chat
id msg_01A, model claude-sonnet-4-5-20250929
text: Half an ans
failed: server_is_overloaded / server_error / Overloaded
not finished
== to responses
id msg_01A, model claude-sonnet-4-5-20250929
text: Half an ans
failed: server_is_overloaded /  / Overloaded
usage: 25 900 100 0 1 0 0
not finished
