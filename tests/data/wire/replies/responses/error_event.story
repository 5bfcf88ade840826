== as read
id resp_0A, model gpt-5.2-codex
failed: server_error /  / It broke.
not finished
== to chat
id resp_0A, model gpt-5.2-codex
failed: server_error / server_error / It broke.
not finished
== to messages
id resp_0A, model gpt-5.2-codex
failed:  / api_error / It broke.
usage: 321 0 0 0 0 0 0
not finished
