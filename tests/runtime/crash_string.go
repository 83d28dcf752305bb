package main

func main() { panic("text\nwith newline") }
