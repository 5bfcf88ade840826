== as read
id resp_0A, model gpt-5.2-codex
text: A long 
failed: rate_limit_exceeded /  / Rate limit reached. Please try again in 11.054s.
not finished
== to chat
id resp_0A, model gpt-5.2-codex
text: A long 
failed: rate_limit_exceeded / rate_limit_error / Rate limit reached. Please try again in 11.054s.
not finished
== to messages
id resp_0A, model gpt-5.2-codex
text: A long 
failed:  / rate_limit_error / Rate limit reached. Please try again in 11.054s.
usage: 321 0 0 0 0 0 0
not finished
