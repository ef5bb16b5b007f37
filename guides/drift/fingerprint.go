// Package drift compares a page with an earlier state of it: which steps came, went, or changed in substance. Wording
// alone is no change; what a reader does, types or sees is.
package drift

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/crosscheck-dev/crosscheck/fixtures/strict"
	"github.com/crosscheck-dev/crosscheck/guides"
)

// FingerprintVersion names the layout of a stored fingerprint; docs/guides.schema.json is its schema.
const FingerprintVersion = "crosscheck.guides.fingerprint/1"

// Fingerprint is what is compared of a page. It holds words, not sentences.
type Fingerprint struct {
	Schema string `json:"schema"`
	Page   string `json:"page"`
	Steps  []Step `json:"steps"`
}

// Step is a step's substance.
type Step struct {
	Anchor   string   `json:"anchor"`
	Line     int      `json:"line"`
	Number   string   `json:"number,omitempty"`
	Model    string   `json:"model,omitempty"`
	Actions  []string `json:"actions"`
	Sections []string `json:"sections"`
	Applies  string   `json:"applies,omitempty"`
	// Terms are what a reader clicks, types and reads off: names on the screen, settings, numbers, versions, and whether
	// something must or must not be.
	Terms    []string  `json:"terms"`
	Words    []string  `json:"words"` // all words, to find the step again
	Snippets []Snippet `json:"snippets"`
}

// Snippet is a code block, whatever its layout.
type Snippet struct {
	Language string `json:"language"`
	Hash     string `json:"hash"`
	Head     string `json:"head"` // its first words, to tell snippets apart in a report
}

// Of is the fingerprint of a page.
func Of(page *guides.Page) Fingerprint {
	f := Fingerprint{Schema: FingerprintVersion, Page: page.ID(), Steps: []Step{}}
	for _, s := range page.Steps {
		step := Step{Anchor: s.Anchor, Line: s.Line, Number: s.Number, Model: s.Model, Actions: list(s.Actions),
			Sections: list(s.Sections),
			Applies:  s.Applies, Snippets: []Snippet{}}
		var prose strings.Builder
		for _, i := range s.Blocks {
			b := page.Blocks[i]
			prose.WriteString(b.Text + "\n")
			if b.Kind == guides.Code {
				step.Snippets = append(step.Snippets, snippet(b))
			}
		}
		step.Terms, step.Words = terms(prose.String()), words(prose.String())
		f.Steps = append(f.Steps, step)
	}
	return f
}

func list(in []string) []string { return append([]string{}, in...) }

// Save writes a fingerprint, whole or not at all.
func (f Fingerprint) Save(name string) error {
	data, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return fmt.Errorf("encode a fingerprint: %w", err)
	}
	temporary, err := os.CreateTemp(filepath.Dir(name), ".fingerprint-*")
	if err != nil {
		return &strict.Problem{File: name, What: "cannot be written", Remedy: "name a file in a folder that is there"}
	}
	defer os.Remove(temporary.Name())
	if _, err := temporary.Write(append(data, '\n')); err != nil {
		return fmt.Errorf("write a fingerprint: %w", err)
	}
	if err := temporary.Close(); err != nil {
		return fmt.Errorf("write a fingerprint: %w", err)
	}
	if err := os.Rename(temporary.Name(), name); err != nil {
		return fmt.Errorf("write a fingerprint: %w", err)
	}
	return nil
}

// Load reads a stored fingerprint; what is none is a *strict.Problem.
func Load(name string) (Fingerprint, error) {
	var f Fingerprint
	data, err := os.ReadFile(name)
	if err != nil {
		return f, &strict.Problem{File: name, What: "there is no such fingerprint",
			Remedy: "`crosscheck guides fingerprint PAGE` writes one"}
	}
	if err := json.Unmarshal(data, &f); err != nil || f.Schema != FingerprintVersion {
		return f, &strict.Problem{File: name, What: fmt.Sprintf("is no fingerprint of this version (%s)", FingerprintVersion),
			Remedy: "`crosscheck guides fingerprint PAGE` writes one"}
	}
	return f, nil
}

var blanks = regexp.MustCompile(`\s+`)

// snippet normalizes what does not change what the code does: layout, and blanks around JSON's punctuation.
func snippet(b guides.Block) Snippet {
	language, text := b.Language(), strings.TrimSpace(b.Code.Text)
	if language == guides.Console || language == guides.JSON {
		text = compact(text)
	} else {
		lines := strings.Split(text, "\n")
		for i := range lines {
			lines[i] = strings.TrimRight(lines[i], " \t")
		}
		text = strings.Join(lines, "\n")
	}
	sum := sha256.Sum256([]byte(text))
	head := blanks.ReplaceAllString(text, " ")
	if r := []rune(head); len(r) > 40 {
		head = string(r[:40]) + "…"
	}
	return Snippet{language, hex.EncodeToString(sum[:8]), head}
}

// compact drops blanks outside of strings.
func compact(text string) string {
	var out strings.Builder
	quoted := false
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '"' && (i == 0 || text[i-1] != '\\'):
			quoted = !quoted
		case !quoted && (c == '\n' || c == '\t' || c == ' ' || c == '\r'):
			continue
		}
		out.WriteByte(c)
	}
	return out.String()
}

var (
	word       = regexp.MustCompile(`[\p{L}\p{N}][\p{L}\p{N}._'’-]*`)
	substitute = strings.NewReplacer("{{es}}", "Elasticsearch", "{{kib}}", "Kibana", "{{ecloud}}", "Elastic Cloud",
		"{{stack}}", "Elastic Stack",
		"{{ccs}}", "cross-cluster search", "{{ccr}}", "cross-cluster replication", "{{ece}}", "Elastic Cloud Enterprise",
		"{{eck}}", "Elastic Cloud on Kubernetes",
		"{{ech}}", "Elastic Cloud Hosted", "{{ess}}", "Elasticsearch Service", "’", "'")
	// What is in capitals everywhere says nothing about what there is to click.
	products = map[string]bool{"elasticsearch": true, "kibana": true, "elastic": true, "cloud": true, "api": true,
		"ech": true, "ess": true, "eck": true,
		"kubernetes": true, "ccs": true, "ccr": true, "service": true, "id": true, "stack": true, "hosted": true, "i": true,
		"ui": true}
	modal = regexp.MustCompile(`(?i)\b(?:must not|must|cannot|can't|no longer|not|never|only|required|optional` +
		`|deprecated)\b`)
)

func words(text string) []string {
	var all []string
	for _, w := range word.FindAllString(strings.ToLower(substitute.Replace(text)), -1) {
		if w = strings.Trim(w, "._'-"); len(w) > 2 {
			all = append(all, w)
		}
	}
	slices.Sort(all)
	return list(slices.Compact(all))
}

// terms are the words with substance: with a digit, an underscore, a dot or a capital inside; capitalized ones that do
// not begin a sentence; and words of obligation.
func terms(text string) []string {
	text = substitute.Replace(text)
	var all []string
	for _, m := range word.FindAllStringIndex(text, -1) {
		w := strings.Trim(text[m[0]:m[1]], "._'-")
		before := strings.TrimRight(text[:m[0]], " \t\"'(*`")
		begins := before == "" || strings.ContainsRune(".!?:\n•-", rune(before[len(before)-1]))
		inner := strings.ContainsAny(w, "0123456789_.") || strings.ToLower(w[1:]) != w[1:] && strings.ToUpper(w) != w
		capital := w != "" && w[0] >= 'A' && w[0] <= 'Z' && !begins && !products[strings.ToLower(w)]
		if w != "" && (inner || capital) && len(w) > 1 {
			all = append(all, w)
		}
	}
	for _, m := range modal.FindAllString(text, -1) {
		all = append(all, strings.ToLower(m))
	}
	slices.Sort(all)
	return list(slices.Compact(all))
}
