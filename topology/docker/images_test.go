package docker

import (
	"strings"
	"testing"

	"github.com/moby/moby/api/types/image"
	"github.com/stretchr/testify/assert"
)

func TestReadBuild(t *testing.T) {
	const (
		step1 = `{"stream":"Step 1/2 : FROM base\n"}{"stream":" ---\u003e 0123\n"}`
		step2 = `{"stream":"Step 2/2 : RUN javac\n"}{"stream":"\u001b[91mX.java:1: error: ';' expected\n\u001b[0m"}`
		done  = `{"aux":{"ID":"sha256:0123"}}{"stream":"Successfully built 0123\n"}`
		fails = `{"errorDetail":{"code":1,"message":"The command returned a non-zero code: 1"},"error":"..."}`
	)
	tests := []struct {
		name, stream string
		says         []string // nothing: no error
		silent       string   // what the error must not hold
	}{
		{name: "built", stream: step1 + step2 + done},
		{name: "a failing step shows its own output", stream: step1 + step2 + fails, says: []string{"non-zero code: 1",
			"\nX.java:1: error: ';' expected"}, silent: "FROM base"},
		{name: "the Engine goes away", stream: step1, says: []string{"stopped before the image was built"}},
		{name: "cut off in a message", stream: step1 + step2[:30], says: []string{"read the Docker Engine's answer"}},
		{name: "nothing at all", stream: "", says: []string{"stopped before"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var steps []string
			err := readBuild(strings.NewReader(tt.stream), func(s string) { steps = append(steps, s) })
			if len(tt.says) == 0 {
				assert.NoError(t, err)
				assert.Equal(t, []string{"Step 1/2 : FROM base", "Step 2/2 : RUN javac"}, steps)
				return
			}
			for _, text := range tt.says {
				assert.ErrorContains(t, err, text)
			}
			if tt.silent != "" {
				assert.NotContains(t, err.Error(), tt.silent)
			}
		})
	}
	long := `{"stream":"` + strings.Repeat("x", 3*maxStepOutput) + `the end"}` + fails
	err := readBuild(strings.NewReader(long), nil)
	assert.ErrorContains(t, err, "the end")
	assert.Less(t, len(err.Error()), 2*maxStepOutput, "only the end of a long output is shown")
}

func FuzzReadBuild(f *testing.F) {
	f.Add(`{"stream":"Step 1/1 : FROM base\n"}{"aux":{"ID":"x"}}`)
	f.Add(`{"errorDetail":{"message":"no"}}`)
	f.Add(`{"aux":null}[]`)
	f.Fuzz(func(t *testing.T, text string) {
		if err := readBuild(strings.NewReader(text), func(string) {}); err == nil && !strings.Contains(text, "{") {
			t.Fatalf("%q passes for a finished build", text)
		}
	})
}

func TestImageWithoutTag(t *testing.T) {
	got := fromSummary(image.Summary{ID: "sha256:1", RepoTags: []string{"<none>:<none>"}, Created: 5})
	assert.Empty(t, got.Tags, "<none> is no tag")
	assert.Equal(t, []string{"a:1"}, fromSummary(image.Summary{RepoTags: []string{"a:1"}}).Tags)
}
