== as read
id chatcmpl-A1, model gpt-5.2-2025-12-11
text: I look.
call call_a read_file: {\"path\":\"a.txt\"}
call call_b list_dir: {\"path\":\".\"}
usage: 176 1024 0 0 34 10 0
finished: tool calls 
== to responses
id chatcmpl-A1, model gpt-5.2-2025-12-11
text: I look.
call call_a read_file: {\"path\":\"a.txt\"}
call call_b files/list_directory_of_the_workspace: {\"path\":\".\"}
usage: 176 1024 0 0 34 10 0
finished: stop 
== to messages
id chatcmpl-A1, model gpt-5.2-2025-12-11
text: I look.
call call_a read_file: {\"path\":\"a.txt\"}
call call_b list_directory_of_the_workspace: {\"path\":\".\"}
usage: 176 1024 0 0 34 0 0
finished: tool calls 
