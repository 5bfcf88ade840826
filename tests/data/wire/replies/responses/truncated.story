== as read
id resp_0A, model gpt-5.2-codex
text: A long 
not finished
== to chat
id resp_0A, model gpt-5.2-codex
text: A long 
not finished
== to messages
id resp_0A, model gpt-5.2-codex
text: A long 
usage: 321 0 0 0 0 0 0
not finished
