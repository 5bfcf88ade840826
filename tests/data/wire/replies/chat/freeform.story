== as read
id chatcmpl-A1, model gpt-5.2-2025-12-11
call call_p apply_patch: {\"input\": \"*** Begin Patch\\n*** Update File: \\\"a\\\\b\\\".txt\\n@@\\n-old\\tthing\\n+ne\\u00fc \\ud83d\\udc4b\\n*** End Patch\\n\"}
usage: 176 1024 0 0 34 10 0
finished: tool calls 
== to responses
id chatcmpl-A1, model gpt-5.2-2025-12-11
freeform call call_p apply_patch: *** Begin Patch\n*** Update File: \"a\\b\".txt\n@@\n-old\tthing\n+ne\u00fc \ud83d\udc4b\n*** End Patch\n
usage: 176 1024 0 0 34 10 0
finished: stop 
== to messages
id chatcmpl-A1, model gpt-5.2-2025-12-11
call call_p apply_patch: {\"input\":\"*** Begin Patch\\n*** Update File: \\\"a\\\\b\\\".txt\\n@@\\n-old\\tthing\\n+ne\\u00fc \\ud83d\\udc4b\\n*** End Patch\\n\"}
usage: 176 1024 0 0 34 0 0
finished: tool calls 
