== as read
id msg_01A, model claude-sonnet-4-5-20250929
call toolu_p apply_patch: {\"input\": \"*** Begin Patch\\n*** Update File: \\\"a\\\\b\\\".txt\\n@@\\n-old\\tthing\\n+ne\\u00fc \\ud83d\\udc4b\\n*** End Patch\\n\"}
usage: 25 900 60 40 40 0 0
finished: tool calls 
== to chat
id msg_01A, model claude-sonnet-4-5-20250929
freeform call toolu_p apply_patch: *** Begin Patch\n*** Update File: \"a\\b\".txt\n@@\n-old\tthing\n+ne\u00fc \ud83d\udc4b\n*** End Patch\n
usage: 25 900 100 0 40 0 0
finished: tool calls 
== to responses
id msg_01A, model claude-sonnet-4-5-20250929
freeform call toolu_p apply_patch: *** Begin Patch\n*** Update File: \"a\\b\".txt\n@@\n-old\tthing\n+ne\u00fc \ud83d\udc4b\n*** End Patch\n
usage: 25 900 100 0 40 0 0
finished: stop 
