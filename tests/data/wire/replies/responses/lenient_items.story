== as read
id resp_0A, model local-1
text: Hello
call call_a f: {\"n\":1}
finished: stop 
== to chat
id resp_0A, model local-1
text: Hello
call call_a f: {\"n\":1}
finished: tool calls 
== to messages
id resp_0A, model local-1
text: Hello
call call_a f: {\"n\":1}
usage: 321 0 0 0 4 0 0
finished: tool calls 
