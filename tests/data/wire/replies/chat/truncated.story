== as read
id chatcmpl-A1, model gpt-5.2-2025-12-11
text: Half an ans
not finished
== to responses
id chatcmpl-A1, model gpt-5.2-2025-12-11
text: Half an ans
not finished
== to messages
id chatcmpl-A1, model gpt-5.2-2025-12-11
text: Half an ans
usage: 321 0 0 0 0 0 0
not finished
