// Package nogo keeps godog from running the go command at every start of the program.
//
// A package inside godog runs `go env GOTOOLDIR` while it is initialised, for a builder that crosscheck does not use.
// That costs 12 ms, and in a folder whose go.mod asks for a newer Go it downloads a toolchain. This package empties
// PATH before that happens, so that no go command is found, and Restore brings PATH back as soon as godog is
// initialised.
//
// Go initialises packages in the order of their import paths, each as soon as everything that it imports is
// initialised. This one is early enough because it imports nothing but os, and because its path stands before godog's.
package nogo

import "os"

// path and found are what PATH was when the program started.
var path, found = os.LookupEnv("PATH")

func init() {
	if found {
		_ = os.Setenv("PATH", "")
	}
}

// Restore makes PATH what it was when the program started. The package that imports godog calls it from its own init.
func Restore() {
	if found {
		_ = os.Setenv("PATH", path)
	}
}
