== as read
id chatcmpl-A1, model gpt-5.2-2025-12-11
text: Half an ans
failed: 502 /  / Provider disconnected
not finished
== to responses
id chatcmpl-A1, model gpt-5.2-2025-12-11
text: Half an ans
failed: server_error /  / Provider disconnected
not finished
== to messages
id chatcmpl-A1, model gpt-5.2-2025-12-11
text: Half an ans
failed:  / api_error / Provider disconnected
usage: 321 0 0 0 0 0 0
not finished
