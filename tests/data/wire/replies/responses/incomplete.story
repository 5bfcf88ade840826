== as read
id resp_0A, model gpt-5.2-codex
text: A long ans
usage: 176 1024 0 0 34 10 0
finished: length 
== to chat
id resp_0A, model gpt-5.2-codex
text: A long ans
usage: 176 1024 0 0 34 10 0
finished: length 
== to messages
id resp_0A, model gpt-5.2-codex
text: A long ans
usage: 176 1024 0 0 34 0 0
finished: length 
