module bench/gcmark

go 1.27
