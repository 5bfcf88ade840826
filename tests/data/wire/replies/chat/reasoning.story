== as read
id 02e1-9f, model deepseek-reasoner
reasoning: They ask for a sum.
text: 42
usage: 4 16 0 0 9 6 0
finished: stop 
== to responses
id 02e1-9f, model deepseek-reasoner
reasoning: They ask for a sum.
text: 42
usage: 4 16 0 0 9 6 0
finished: stop 
== to messages
id 02e1-9f, model deepseek-reasoner
reasoning: They ask for a sum.
text: 42
usage: 4 16 0 0 9 0 0
finished: stop 
