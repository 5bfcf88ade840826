== as read
id chatcmpl-A1, model gpt-5.2-2025-12-11
text: Whole.
finished: length 
== to responses
id chatcmpl-A1, model gpt-5.2-2025-12-11
text: Whole.
finished: length 
== to messages
id chatcmpl-A1, model gpt-5.2-2025-12-11
text: Whole.
usage: 321 0 0 0 2 0 0
finished: length 
