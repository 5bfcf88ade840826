== as read
id resp_0A, model local-1
text: Hello
usage: 3 0 0 0 2 0 0
finished: stop 
== to chat
id resp_0A, model local-1
text: Hello
usage: 3 0 0 0 2 0 0
finished: stop 
== to messages
id resp_0A, model local-1
text: Hello
usage: 3 0 0 0 2 0 0
finished: stop 
