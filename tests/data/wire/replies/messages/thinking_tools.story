== as read
id msg_01A, model claude-sonnet-4-5-20250929
reasoning: Let me see. [signature: EqQBCkYIBxgC/w+==]
text: I look.
call toolu_1 read_file: {\"path\": \"a.txt\"}
call toolu_2 now: 
usage: 26 900 60 40 61 0 0
finished: tool calls 
== to chat
id msg_01A, model claude-sonnet-4-5-20250929
reasoning: Let me see.
text: I look.
call toolu_1 read_file: {\"path\": \"a.txt\"}
call toolu_2 now: {}
usage: 26 900 100 0 61 0 0
finished: tool calls 
could not carry: what seals the reasoning
== to responses
id msg_01A, model claude-sonnet-4-5-20250929
reasoning: Let me see. [carried for shop/m-1 : EqQBCkYIBxgC/w+==]
text: I look.
call toolu_1 read_file: {\"path\": \"a.txt\"}
call toolu_2 now: {}
usage: 26 900 100 0 61 0 0
finished: stop 
