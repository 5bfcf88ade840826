== as read
id , model 
failed:  / overloaded_error / Overloaded
not finished
== to chat
id td-7, model tier-coding
failed: server_is_overloaded / server_error / Overloaded
not finished
== to responses
id td-7, model tier-coding
failed: server_is_overloaded /  / Overloaded
not finished
