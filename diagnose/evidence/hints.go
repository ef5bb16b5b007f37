package evidence

// Hints are what whoever asks knows beforehand. Nothing of it is needed.
type Hints struct {
	LocalVersion  string // such as 8.19.0
	RemoteVersion string
	Alias         string
	Model         string // api-key, certificate or none
}
