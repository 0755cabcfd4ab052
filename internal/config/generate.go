package config

//go:generate go run ../../cmd/pinpack generate ../..
