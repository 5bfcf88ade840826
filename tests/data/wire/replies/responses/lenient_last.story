== as read
id resp_0A, model gpt-5.2-codex
reasoning: **Looking** at it | **Deciding** [encrypted: gAAAAABo/x+y==]
text: I look.
call call_a read_file: {\"path\":\"a.txt\"}
usage: 176 1024 0 0 34 10 0
finished: stop 
== to chat
id resp_0A, model gpt-5.2-codex
reasoning: **Looking** at it\n\n**Deciding**
text: I look.
call call_a read_file: {\"path\":\"a.txt\"}
usage: 176 1024 0 0 34 10 0
finished: tool calls 
could not carry: what seals the reasoning
== to messages
id resp_0A, model gpt-5.2-codex
reasoning: **Looking** at it\n\n**Deciding** [carried for shop/m-1 rs_0: gAAAAABo/x+y==]
text: I look.
call call_a read_file: {\"path\":\"a.txt\"}
usage: 176 1024 0 0 34 0 0
finished: tool calls 
