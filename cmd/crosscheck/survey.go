package main

type surveyCommand struct {
	Store surveyStore `cmd:"" help:"Keep what runs observed, a file a pair, for the replay in make test and for crosscheck changes."`
}
