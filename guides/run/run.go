// Package run carries out the steps of a documentation page on a live pair: its requests, manifests and commands as
// they stand, and what it describes in prose by the action that the step is about.
package run

import (
	"context"
	"errors"
	"fmt"

	"github.com/crosscheck-dev/crosscheck/guides"
	"github.com/crosscheck-dev/crosscheck/steps/world"
)

// What became of a step of a guide.
const (
	Done   = "done"
	Failed = "failed"
	NotRun = "not run"
)

// Step is a step of a page, carried out or not.
type Step struct {
	Anchor string `json:"anchor"`
	Line   int    `json:"line"`
	Title  string `json:"title"`
	State  string `json:"state"`
	// How says what was done, or why nothing was.
	How    string `json:"how"`
	Wanted string `json:"wanted,omitempty"`
	Got    string `json:"got,omitempty"`
}

// Guide is the steps of a page for one model, to be carried out on a live pair.
type Guide struct {
	Page  *guides.Page
	Model string
	// Bindings are values of placeholders, by name without brackets; they go before the walk's own.
	Bindings map[string]string
}

// The names that the walk uses for what the page leaves to its reader.
const alias, index = "partner", "logs"

// Walk carries out the steps in order and reports each. After one that failed the others are not run. An error means
// that the walk itself broke: a machine's trouble says nothing about the page.
func (g Guide) Walk(ctx context.Context, env *world.Env, pair world.Pair, report func(Step)) (err error) {
	w := newWalk(g, env, pair)
	defer func() { err = errors.Join(err, w.close(ctx)) }()
	if err := w.prepare(ctx); err != nil {
		return fmt.Errorf("prepare the clusters: %w", err)
	}
	failed := 0
	for _, step := range g.Page.Steps {
		s := Step{Anchor: step.Anchor, Line: step.Line, Title: step.Title, State: NotRun}
		if failed > 0 {
			s.How = fmt.Sprintf("the step in line %d failed", failed)
			report(s)
			continue
		}
		if s.How = w.excluded(step); s.How != "" {
			report(s)
			continue
		}
		s.State, s.How, err = w.carryOut(ctx, step)
		stops, err := s.judge(ctx, err)
		if err != nil {
			return fmt.Errorf("carry out the step in line %d: %w", step.Line, err)
		}
		if stops {
			failed = s.Line
		}
		report(s)
	}
	if failed > 0 {
		return nil
	}
	end := Step{Anchor: "end", Title: "the clusters are connected", State: Done,
		How: "a search across finds 3 documents, through the load balancer"}
	if _, err := end.judge(ctx, w.expectWorking(ctx)); err != nil {
		return fmt.Errorf("see whether the clusters are connected: %w", err)
	}
	report(end)
	return nil
}
