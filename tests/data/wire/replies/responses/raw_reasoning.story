== as read
id resp_0A, model gpt-5.2-codex
raw reasoning: Raw thoughts.
text: Ok.
usage: 176 1024 0 0 34 10 0
finished: stop 
== to chat
id resp_0A, model gpt-5.2-codex
reasoning: Raw thoughts.
text: Ok.
usage: 176 1024 0 0 34 10 0
finished: stop 
== to messages
id resp_0A, model gpt-5.2-codex
reasoning: Raw thoughts.
text: Ok.
usage: 176 1024 0 0 34 0 0
finished: stop 
