== as read
id msg_01A, model claude-sonnet-4-5-20250929
text: I search.
text: Rain today. [cites https://weather.example/x Weather 0-0]
dropped: the provider's own tools at work
dropped: the provider's own tools at work
usage: 25 900 60 40 70 0 1
finished: stop 
== to chat
id msg_01A, model claude-sonnet-4-5-20250929
text: I search.Rain today. [cites https://weather.example/x Weather 0-0]
usage: 25 900 100 0 70 0 0
finished: stop 
could not carry: the provider's own tools at work
== to responses
id msg_01A, model claude-sonnet-4-5-20250929
text: I search.
text: Rain today. [cites https://weather.example/x Weather 0-0]
usage: 25 900 100 0 70 0 0
finished: stop 
could not carry: the provider's own tools at work
