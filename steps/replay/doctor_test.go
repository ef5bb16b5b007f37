package replay

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// doctor changes the answers to some calls of a recording. What is left empty stays as it was recorded.
type doctor struct {
	side  string
	call  string   // the beginning of the calls that are meant
	after int      // the first so many of them stay as they are
	just  bool     // one call is meant
	at    string   // where in an answer in JSON: keys, and places in lists, with / between
	value any      // what is there instead; absent{} is nothing
	text  []string // pairs of what stands in the answer, and what stands there instead
	whole *string  // the answer instead
	// status is a REST call's status instead.
	status int
	broken breakage
}

// absent stands for no value.
type absent struct{}

// change changes a recording. It is the test's mistake where there is nothing to change.
func (d doctor) change(t *testing.T, r *Recording) {
	t.Helper()
	skip, changed := d.after, 0
	for i, c := range r.Calls {
		if c.Side != d.side || !strings.HasPrefix(c.Call, d.call) {
			continue
		}
		if skip--; skip >= 0 {
			continue
		}
		was := c
		if d.at != "" {
			c.Answer = set(t, c.Answer, strings.Split(d.at, "/"), d.value)
		}
		c.Answer = Body(strings.NewReplacer(d.text...).Replace(string(c.Answer)))
		if d.whole != nil {
			c.Answer = Body(*d.whole)
		}
		if d.status != 0 {
			c.Status = d.status
		}
		c.broken = d.broken
		if string(was.Answer) != string(c.Answer) || was.Status != c.Status || was.broken != c.broken {
			changed++
		}
		r.Calls[i] = c
		if d.just {
			break
		}
	}
	require.Positive(t, changed, "the recording has no answer that this would change: %+v", d)
}

// set is a body in JSON with another value in one place, where the way to that exists.
func set(t *testing.T, body Body, way []string, value any) Body {
	t.Helper()
	var document any
	require.NoError(t, json.Unmarshal(body, &document), "%s", body)
	document = put(document, way, value)
	changed, err := plain(document)
	require.NoError(t, err)
	return changed
}

func put(document any, way []string, value any) any {
	if len(way) == 0 {
		return value
	}
	switch d := document.(type) {
	case map[string]any:
		_, there := d[way[0]]
		switch changed := put(d[way[0]], way[1:], value); {
		case changed == absent{}:
			delete(d, way[0])
		case there || len(way) == 1:
			d[way[0]] = changed
		}
	case []any:
		if i, err := strconv.Atoi(way[0]); err == nil && i < len(d) {
			d[i] = put(d[i], way[1:], value)
		}
	}
	return document
}
