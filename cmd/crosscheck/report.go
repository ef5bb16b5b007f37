package main

type reportCommand struct {
	Merge mergeCommand `cmd:"" help:"Join the results of all shards of a plan into one, and check that nothing is missing or there twice."`
}
