== as read
id chatcmpl-A1, model gpt-5.2-2025-12-11
call  ping: 
call x1 a: {\"n\":1}
call x2 b: {\"n\":2}
text: Late.
usage: 5 0 0 0 2 0 0
finished: stop 
== to responses
id chatcmpl-A1, model gpt-5.2-2025-12-11
call call_chatcmpl-A1_1 ping: {}
call x1 a: {\"n\":1}
call x2 b: {\"n\":2}
text: Late.
usage: 5 0 0 0 2 0 0
finished: stop 
== to messages
id chatcmpl-A1, model gpt-5.2-2025-12-11
call call_chatcmpl-A1_1 ping: {}
call x1 a: {\"n\":1}
call x2 b: {\"n\":2}
text: Late.
usage: 5 0 0 0 2 0 0
finished: tool calls 
