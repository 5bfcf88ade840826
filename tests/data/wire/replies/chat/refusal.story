== as read
id chatcmpl-A1, model gpt-5.2-2025-12-11
refusal: I can't do that.
usage: 176 1024 0 0 34 10 0
finished: stop 
== to responses
id chatcmpl-A1, model gpt-5.2-2025-12-11
refusal: I can't do that.
usage: 176 1024 0 0 34 10 0
finished: stop 
== to messages
id chatcmpl-A1, model gpt-5.2-2025-12-11
text: I can't do that.
usage: 176 1024 0 0 34 0 0
finished: refusal 
