package run

import (
	"regexp"
	"slices"
	"strings"

	"github.com/crosscheck-dev/crosscheck/guides"
)

// AboutECK reports whether steps of a page work on a Kubernetes with ECK.
func AboutECK(page *guides.Page) bool {
	return slices.ContainsFunc(page.Blocks, ofKubernetes)
}

func ofKubernetes(b guides.Block) bool {
	return b.Kind == guides.Code && (strings.Contains(b.Code.Text, "kubectl") ||
		b.Language() == guides.YAML && strings.Contains(b.Code.Text, "apiVersion:"))
}

// aliasOf is the alias in the body of a settings update, nested or with dots.
var aliasOf = regexp.MustCompile(`(?s)"remote"\s*:\s*\{\s*"([^"]+)"|"cluster\.remote\.([\w-]+)`)

// aliasIn is the alias that the requests of a step use; empty where there is none, and where it is a placeholder.
func (g Guide) aliasIn(step guides.Step) string {
	for _, i := range step.Blocks {
		b := g.Page.Blocks[i]
		m := aliasOf.FindStringSubmatch(b.Code.Text)
		if m != nil && b.Language() == guides.Console && !strings.Contains(m[1]+m[2], "<") {
			return m[1] + m[2]
		}
	}
	return ""
}

// snippets are a step's requests, what is for Kubernetes where the walk has one, and why its other code cannot be run.
func (g Guide) snippets(step guides.Step, onKubernetes bool) (requests, manifests []guides.Block, other string) {
	for _, i := range step.Blocks {
		b := g.Page.Blocks[i]
		switch language := b.Language(); {
		case b.Kind != guides.Code:
		case language == guides.Console:
			requests = append(requests, b)
		case ofKubernetes(b) && onKubernetes:
			manifests = append(manifests, b)
		case ofKubernetes(b):
			other = "its manifest or kubectl command needs the ECK environment"
		case strings.Contains(b.Code.Text, "curl"):
			other = "its command calls an API outside of the clusters"
		case strings.TrimSpace(b.Code.Text) == "":
			other = "its snippet is empty"
		}
	}
	return requests, manifests, other
}

// says reports whether a step's text has a word in it.
func (g Guide) says(step guides.Step, word string) bool {
	return slices.ContainsFunc(step.Blocks, func(i int) bool { return strings.Contains(g.Page.Blocks[i].Text, word) })
}

// answer is what the page shows below a step's request; empty where it shows nothing.
func (g Guide) answer(step guides.Step) string {
	for _, i := range step.Blocks {
		if b := g.Page.Blocks[i]; b.Answer() {
			return b.Code.Text
		}
	}
	return ""
}
