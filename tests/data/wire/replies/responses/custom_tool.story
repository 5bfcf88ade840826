== as read
id resp_0A, model gpt-5.2-codex
freeform call call_p apply_patch: *** Begin Patch\n*** Update File: \"a\\b\".txt\n@@\n-old\tthing\n+neü 👋\n*** End Patch\n
usage: 176 1024 0 0 34 10 0
finished: stop 
== to chat
id resp_0A, model gpt-5.2-codex
freeform call call_p apply_patch: *** Begin Patch\n*** Update File: \"a\\b\".txt\n@@\n-old\tthing\n+neü 👋\n*** End Patch\n
usage: 176 1024 0 0 34 10 0
finished: tool calls 
== to messages
id resp_0A, model gpt-5.2-codex
call call_p apply_patch: {\"input\":\"*** Begin Patch\\n*** Update File: \\\"a\\\\b\\\".txt\\n@@\\n-old\\tthing\\n+neü 👋\\n*** End Patch\\n\"}
usage: 176 1024 0 0 34 0 0
finished: tool calls 
