package reports

// ExpectedFailure is what the failure catalogue said, when the run took place, of a failure that a scenario expects.
// The result holds a copy so that a report can be read without the catalogue.
type ExpectedFailure struct {
	// ID is the id of the catalogue's entry, the one in Scenario.Outcome.
	ID    string `json:"id"`
	Title string `json:"title"`
	// Done says what was done wrong, Cause why it fails like that, Fix what to do about it.
	Done  string `json:"done"`
	Cause string `json:"cause"`
	Fix   string `json:"fix"`
	// Source names the documents and the measurements that the entry rests on.
	Source []string `json:"source"`
}
