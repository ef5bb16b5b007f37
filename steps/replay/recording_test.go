package replay

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The sides of a call. A log, a command and a file belong to the side of their cluster.
const (
	localSide    = "local"
	remoteSide   = "remote"
	balancerSide = "balancer"
)

// suffix is what the names of a recorded scenario end with.
const suffix = "replay"

// Recording is one scenario as it went on real clusters.
type Recording struct {
	Recorded string   `json:"recorded"` // the day
	Local    Build    `json:"local"`
	Remote   Build    `json:"remote"`
	Balancer string   `json:"balancer"` // the load balancer's DNS name
	Scenario []string `json:"scenario"` // lines of Gherkin
	Calls    []Call   `json:"calls"`    // in the order in which the scenario made them
}

// Build is what a recorded cluster was.
type Build struct {
	Version    string `json:"version"`
	Hash       string `json:"hash"`
	Name       string `json:"name"`
	ServerName string `json:"server_name"`
}

// Call is something that a scenario asked of one side, and the answer.
type Call struct {
	Side string `json:"side"`
	// Call is the method and the path of a REST call, or "log", or "exec" and a command, or "put" and the name of a file.
	Call    string `json:"call"`
	User    string `json:"user,omitempty"`    // who makes a REST call to a cluster
	Request Body   `json:"request,omitempty"` // a REST call's body, or a command's standard input
	Status  int    `json:"status,omitempty"`  // of a REST call
	Answer  Body   `json:"answer,omitempty"`  // a REST call's body, a command's standard output, or a log

	broken breakage // how a doctored answer breaks off
}

// asks reports whether both calls ask the same.
func (c Call) asks(other Call) bool {
	return c.Side == other.Side && c.Call == other.Call && c.User == other.User && bytes.Equal(c.Request, other.Request)
}

func (c Call) String() string {
	text := c.Side + " " + c.Call
	if c.User != "" {
		text += " as " + c.User
	}
	if len(c.Request) > 0 {
		text += " with " + string(c.Request)
	}
	return text
}

// Body is JSON as it came, or else any text. In a recording such a text is a string.
type Body []byte

// MarshalJSON implements json.Marshaler.
func (b Body) MarshalJSON() ([]byte, error) {
	if len(b) > 0 && json.Valid(b) {
		return b, nil
	}
	return plain(string(b))
}

// UnmarshalJSON implements json.Unmarshaler.
func (b *Body) UnmarshalJSON(data []byte) error {
	var text string
	if json.Unmarshal(data, &text) == nil {
		*b = Body(text)
		return nil
	}
	*b = bytes.Clone(data)
	return nil
}

// plain encodes a value without escaping < and >.
func plain(v any) ([]byte, error) {
	var buf bytes.Buffer
	encoder := json.NewEncoder(&buf)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(v)
	return bytes.TrimSpace(buf.Bytes()), err
}

// request is a request's body in a form that can be compared: JSON with sorted keys, and a word for a password, which
// is another one in every scenario.
func request(body []byte) Body {
	var value any
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if len(body) == 0 || !json.Valid(body) || decoder.Decode(&value) != nil {
		return body
	}
	if object, ok := value.(map[string]any); ok && object["password"] != nil {
		object["password"] = "a password"
	}
	encoded, err := plain(value)
	if err != nil {
		return body
	}
	return encoded
}

// read reads a recording of testdata.
func read(t *testing.T, name string) *Recording {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name+".json"))
	require.NoError(t, err)
	var r Recording
	require.NoError(t, json.Unmarshal(data, &r), "read the recording %s", name)
	return &r
}

// write stores a recording in testdata, a line for each line of Gherkin and for each call.
func (r *Recording) write(name string) error {
	var out strings.Builder
	header, err := plain(struct {
		Recorded string `json:"recorded"`
		Local    Build  `json:"local"`
		Remote   Build  `json:"remote"`
		Balancer string `json:"balancer"`
	}{r.Recorded, r.Local, r.Remote, r.Balancer})
	if err != nil {
		return err
	}
	out.WriteString(strings.TrimSuffix(string(header), "}"))
	out.WriteString(",\n\"scenario\": [\n")
	for i, line := range r.Scenario {
		if err := element(&out, line, i == len(r.Scenario)-1); err != nil {
			return err
		}
	}
	out.WriteString("],\n\"calls\": [\n")
	for i, call := range r.Calls {
		if err := element(&out, call, i == len(r.Calls)-1); err != nil {
			return fmt.Errorf("call %d, %s: %w", i+1, call, err)
		}
	}
	out.WriteString("]}\n")
	return os.WriteFile(filepath.Join("testdata", name+".json"), []byte(out.String()), 0o644)
}

// element writes one element of a list on a line of its own.
func element(out *strings.Builder, v any, last bool) error {
	encoded, err := plain(v)
	if err != nil {
		return err
	}
	out.Write(encoded)
	if !last {
		out.WriteByte(',')
	}
	out.WriteByte('\n')
	return nil
}

// worth matches the lines of a log that a recording keeps: warnings, errors, and the causes that 7.x writes below them.
var worth = regexp.MustCompile(`WARN|ERROR|^Caused by: |^[a-z]+(\.\w+)+(Exception|Error)\b`)

// frame matches a frame of a stack trace within a line of JSON, which has tabs and ends of lines as \t and \n.
var frame = regexp.MustCompile(`\\n(?:\\t)+(?:at |\.\.\. )[^"\\]*`)

// prune keeps the lines of a log that are worth it, each kind once, with the causes of their stack traces.
func prune(log string) string {
	var kept []string
	seen := map[string]bool{}
	for line := range strings.Lines(log) {
		line = frame.ReplaceAllString(strings.TrimRight(line, "\n"), "")
		kind := changing.ReplaceAllString(line, "")
		if worth.MatchString(line) && !seen[kind] {
			seen[kind] = true
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "\n")
}

// changing is what makes two lines about the same thing different: numbers, times, addresses, channels, identifiers.
var changing = regexp.MustCompile(`[0-9a-f]{8,}|\d+|"(log\.logger|elasticsearch\.node\.id|trace\.id)":"[^"]*"`)

// names are the recordings in testdata.
func names(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob("testdata/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	for i, p := range paths {
		paths[i] = strings.TrimSuffix(filepath.Base(p), ".json")
	}
	return paths
}
