package reports

// Timeline is what happened during an upgrade. All its times are seconds since the scenario began.
type Timeline struct {
	Events []Event `json:"events"`
	// Searches counts those of the watcher; 0 without one.
	Searches int `json:"searches"`
	// Outages are the windows in which the watcher's searches across did not work, in order.
	Outages []Outage `json:"outages"`
}

// Event is one line of a timeline.
type Event struct {
	At   float64 `json:"at_seconds"`
	Text string  `json:"event"`
}

// Outage is a window in which every search failed in the same way: from the beginning of the first one to the beginning
// of the next that did not, or to the end of the last one.
type Outage struct {
	From float64 `json:"from"`
	To   float64 `json:"to"`
	// Kind is the status and type of the error, such as "500 connect_transport_exception".
	Kind     string `json:"kind"`
	Searches int    `json:"searches"`
}
