== as read
id resp_0A, model gpt-5.2-codex
text: Rain today. [cites https://weather.example/x Weather 0-10]
dropped: the provider's own tools at work
usage: 176 1024 0 0 34 10 1
finished: stop 
== to chat
id resp_0A, model gpt-5.2-codex
text: Rain today. [cites https://weather.example/x Weather 0-10]
usage: 176 1024 0 0 34 10 0
finished: stop 
could not carry: the provider's own tools at work
== to messages
id resp_0A, model gpt-5.2-codex
text: Rain today.
usage: 176 1024 0 0 34 0 1
finished: stop 
could not carry: the provider's own tools at work
could not carry: citations
