package p

for {
}
