== as read
id gen-1795-x, model anthropic/claude-sonnet-4.5
reasoning: First I think [signature: EqQBCkYIBxgC/+==]
text: Then I speak.
usage: 10 0 40 0 12 5 0
finished: stop 
== to responses
id gen-1795-x, model anthropic/claude-sonnet-4.5
reasoning: First I think [carried for shop/m-1 : EqQBCkYIBxgC/+==]
text: Then I speak.
usage: 10 0 40 0 12 5 0
finished: stop 
== to messages
id gen-1795-x, model anthropic/claude-sonnet-4.5
reasoning: First I think [carried for shop/m-1 : EqQBCkYIBxgC/+==]
text: Then I speak.
usage: 10 0 40 0 12 0 0
finished: stop 
