package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/fixtures"
	"github.com/crosscheck-dev/crosscheck/fixtures/facts"
	"github.com/crosscheck-dev/crosscheck/reports/gate"
	"github.com/crosscheck-dev/crosscheck/steps/session"
	"github.com/crosscheck-dev/crosscheck/steps/suite"
	"github.com/crosscheck-dev/crosscheck/topology/image"
)

// fence is a code block of a known language.
var fence = regexp.MustCompile("(?m)^```([a-z]+)\n((?s:.*?)\n)```$")

// fenced are the code blocks of a page by their language.
func fenced(t *testing.T, page string) map[string][]string {
	t.Helper()
	data, err := os.ReadFile(page)
	require.NoError(t, err)
	blocks := map[string][]string{}
	for _, m := range fence.FindAllStringSubmatch(string(data), -1) {
		blocks[m[1]] = append(blocks[m[1]], m[2])
	}
	return blocks
}

// texts are all the strings in a decoded YAML document.
func texts(v any) []string {
	var all []string
	switch v := v.(type) {
	case string:
		all = append(all, v)
	case []any:
		for _, item := range v {
			all = append(all, texts(item)...)
		}
	case map[string]any:
		for _, item := range v {
			all = append(all, texts(item)...)
		}
	}
	return all
}

var (
	// expansion is what a shell or the CI system puts a value in place of. In the examples those are versions and parts.
	expansion = regexp.MustCompile(`\$\{\{ *matrix\.(local|remote) *\}\}|\$(local|remote)\b`)
	part      = regexp.MustCompile(`\$\{\{ *matrix\.shard *\}\}|\$\(\([^)]*\)\)|\$[A-Za-z_]+`)
	invoked   = regexp.MustCompile(`(?m)(?:^|\s)(?:bin/)?crosscheck ` +
		`((?:run|gate|report|preflight|list|clean|images|mutations|version)\b.*)$`)
	shellEnd = regexp.MustCompile(`\s(\|\||&&|>>|>|\||#).*$`)
	word     = regexp.MustCompile(`'[^']*'|"[^"]*"|\S+`)
)

// invocations are the arguments of every crosscheck command in a piece of shell.
func invocations(shell string) [][]string {
	shell = strings.ReplaceAll(shell, "\\\n", " ")
	shell = part.ReplaceAllString(expansion.ReplaceAllString(shell, "9.3.2"), "1")
	var all [][]string
	for _, m := range invoked.FindAllStringSubmatch(shell, -1) {
		var args []string
		for _, w := range word.FindAllString(shellEnd.ReplaceAllString(m[1], ""), -1) {
			args = append(args, strings.NewReplacer(`"`, "", "'", "").Replace(w))
		}
		all = append(all, args)
	}
	return all
}

// accepts parses a command line as crosscheck would, and checks what its parser leaves to the command.
func accepts(t *testing.T, args []string) {
	t.Helper()
	var c command
	parser, err := newParser(&c, func(int) {})
	require.NoError(t, err)
	parser.Stdout, parser.Stderr = io.Discard, io.Discard
	_, err = parser.Parse(args)
	require.NoError(t, err, "crosscheck %s", strings.Join(args, " "))
	_, err = suite.ParseShard(c.Run.Shard)
	require.NoError(t, err)
	_, err = facts.DefaultProfile(c.Run.Profile)
	require.NoError(t, err)
	published, err := image.ReadCatalogue(fixtures.FS)
	require.NoError(t, err)
	for _, version := range append(c.Run.Local, c.Run.Remote...) {
		_, err = session.ParseVersion("--local", version, published)
		require.NoError(t, err)
	}
}

func TestTheCIPageHoldsWhatRuns(t *testing.T) {
	blocks := fenced(t, "../../docs/ci.md")
	commands := 0
	for _, block := range blocks["sh"] {
		for _, args := range invocations(block) {
			commands++
			accepts(t, args)
		}
	}
	for _, block := range blocks["yaml"] {
		decoder := yaml.NewDecoder(strings.NewReader(block), yaml.Strict())
		for {
			var document map[string]any
			err := decoder.Decode(&document)
			if errors.Is(err, io.EOF) {
				break
			}
			require.NoError(t, err, block)
			for _, text := range texts(document) {
				for _, args := range invocations(text) {
					commands++
					accepts(t, args)
				}
			}
		}
	}
	require.GreaterOrEqual(t, commands, 14, "the page's commands are found at all")
}

// job is what of a Kubernetes Job matters here.
type job struct {
	APIVersion string `yaml:"apiVersion"`
	Kind       string
	Spec       struct {
		CompletionMode           string `yaml:"completionMode"`
		Completions, Parallelism int
		Template                 struct {
			Spec struct {
				RestartPolicy string `yaml:"restartPolicy"`
				Containers    []struct{ Command []string }
			}
		}
	}
}

func TestTheJobRunsEveryPart(t *testing.T) {
	var jobs []job
	for _, block := range fenced(t, "../../docs/ci.md")["yaml"] {
		if !strings.HasPrefix(block, "apiVersion: batch/v1") {
			continue
		}
		decoder := yaml.NewDecoder(strings.NewReader(block))
		for {
			var j job
			err := decoder.Decode(&j)
			if errors.Is(err, io.EOF) {
				break
			}
			require.NoError(t, err)
			require.Equal(t, []string{"batch/v1", "Job", "Never"},
				[]string{j.APIVersion, j.Kind, j.Spec.Template.Spec.RestartPolicy})
			jobs = append(jobs, j)
		}
	}
	require.Len(t, jobs, 2)
	parts := jobs[0].Spec
	require.Equal(t, "Indexed", parts.CompletionMode)
	run := parts.Template.Spec.Containers[0].Command[2]
	for _, n := range []int{parts.Completions, parts.Parallelism} {
		require.Equal(t, 4, n)
	}
	require.Contains(t, run, `--shard "$((JOB_COMPLETION_INDEX + 1))/4"`, "an index counts from 0, a part from 1")
	merge := jobs[1].Spec.Template.Spec.Containers[0].Command[2]
	for _, folder := range []string{"part-0", "part-1", "part-2", "part-3"} {
		require.Contains(t, merge, "/results/"+folder+"/latest")
	}
}

func TestTheGatePageHoldsAPolicyThatLoads(t *testing.T) {
	page := filepath.Join("..", "..", "docs", "gate.md")
	blocks := fenced(t, page)
	require.NotEmpty(t, blocks["yaml"])
	for _, block := range blocks["yaml"] {
		_, err := gate.LoadPolicy("docs/gate.md", []byte(block))
		require.NoError(t, err)
	}
	commands := 0
	for _, block := range blocks["sh"] {
		for _, args := range invocations(block) {
			commands++
			accepts(t, args)
		}
	}
	require.NotZero(t, commands)
}
