== as read
id chatcmpl-A1, model gpt-5.2-2025-12-11
text: Rain today. [cites https://weather.example/x Weather 0-10]
usage: 176 1024 0 0 34 10 0
finished: stop 
== to responses
id chatcmpl-A1, model gpt-5.2-2025-12-11
text: Rain today. [cites https://weather.example/x Weather 0-10]
usage: 176 1024 0 0 34 10 0
finished: stop 
== to messages
id chatcmpl-A1, model gpt-5.2-2025-12-11
text: Rain today.
usage: 176 1024 0 0 34 0 0
finished: stop 
could not carry: citations
