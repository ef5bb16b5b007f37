package remotes

import "encoding/json"

// SearchAnswer is what crosscheck reads of the answer to a search: of its hits, or of its error.
type SearchAnswer struct {
	Error struct {
		Type   string `json:"type"`
		Causes []struct {
			Type string `json:"type"`
		} `json:"root_cause"`
	} `json:"error"`
	Hits struct {
		Total struct {
			Value int `json:"value"`
		} `json:"total"`
	} `json:"hits"`
	Shards struct {
		Failed int `json:"failed"`
	} `json:"_shards"`
	Clusters struct {
		Skipped int `json:"skipped"`
		Details map[string]struct {
			Failures []struct {
				Reason struct {
					Type string `json:"type"`
				} `json:"reason"`
			} `json:"failures"`
		} `json:"details"`
	} `json:"_clusters"`
}

// ReadSearch reads the body of an answer to a search.
func ReadSearch(body []byte) (answer SearchAnswer, err error) {
	err = json.Unmarshal(body, &answer)
	return answer, err
}
