package gate

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/Masterminds/semver/v3"

	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
)

// runs compares what holds for the two runs as a whole.
func (g *comparison) runs() {
	before, after := g.Baseline.Result, g.Result.Result
	if before.ToolVersion != after.ToolVersion {
		g.note("the baseline was written by crosscheck %s, the result by %s", before.ToolVersion, after.ToolVersion)
	}
	if !before.Summary.Complete {
		g.note("the baseline is incomplete: %s", before.Summary.Reason)
	}
	builds := map[string]string{}
	for _, c := range before.Clusters {
		builds[c.Version] = c.BuildHash
	}
	for _, c := range after.Clusters {
		if was, known := builds[c.Version]; known && was != c.BuildHash {
			g.note("Elasticsearch %s is another build: %s, and %s in the baseline", c.Version, c.BuildHash, was)
		}
	}
}

// scenarios compares every pair that both sides have.
func (g *comparison) scenarios() {
	infos := &infoChanges{}
	for _, pair := range g.report.Pairs {
		before, after := of(g.Baseline.Result, pair.Baseline), of(g.Result.Result, pair.Result)
		met, fresh := match(before, after)
		for i, was := range before {
			if was.Verdict == verdict.Error {
				g.found(finding(BrokeBaseline, was, reports.ExitHarnessBroke,
					"broke in the baseline, which says nothing about the product then; run the baseline again: "+was.Reason))
			}
			if met[i] < 0 {
				f := finding(Vanished, was, 0, "is no longer in the result")
				f.Was, f.Pair = was.Verdict.String(), pair.Result
				g.found(f)
				continue
			}
			g.report.Compared++
			is := after[met[i]]
			g.verdicts(was, is)
			g.measurements(was, is)
			infos.compare(was, is)
			if good(was.Verdict) && good(is.Verdict) && len(was.RemoteInfo) > 0 && len(is.RemoteInfo) == 0 {
				g.note("%s (%s) saw no connected remote cluster in _remote/info, as it did in the baseline", is.ID, title(is))
			}
			if name(was) != name(is) {
				g.note("%s is called %q now; it was %q", place(is.ID), title(is), title(was))
			}
		}
		for _, j := range fresh {
			g.fresh(after[j])
		}
	}
	for _, f := range infos.findings(g.Facts) {
		g.found(f)
	}
	for _, s := range g.Result.Result.Scenarios {
		for _, n := range s.Notes {
			if s.Attempts == 1 { // those of a retry are about the attempts
				g.note("%s: %s", s.Pair(), n)
			}
		}
	}
}

// fresh judges a scenario that the baseline does not have.
func (g *comparison) fresh(s reports.Scenario) {
	switch s.Verdict {
	case verdict.Failed:
		g.found(finding(NewFailure, s, 0, "is new, and failed: "+s.Reason))
	case verdict.Error:
		g.found(finding(Broke, s, reports.ExitHarnessBroke, "is new, and broke: "+s.Reason))
	default:
		g.note("%s (%s) is new: %s", s.ID, title(s), s.Verdict)
	}
}

func title(s reports.Scenario) string { return s.Feature + ": " + s.Name }

func finding(kind string, s reports.Scenario, code int, text string) Finding {
	return Finding{Kind: kind, Pair: s.Pair(), Title: title(s), Scenarios: []string{s.ID}, Text: text, code: code}
}

// good reports whether the product was seen to do what is documented.
func good(v verdict.Verdict) bool { return v == verdict.Passed || v == verdict.Flaky }

func (g *comparison) verdicts(was, is reports.Scenario) {
	f := func(kind string, code int, text string) Finding {
		found := finding(kind, is, code, text)
		found.Was, found.Is = was.Verdict.String(), is.Verdict.String()
		return found
	}
	switch is.Verdict {
	case verdict.Failed:
		g.failed(was, is, f(NewFailure, 0, "failed: "+is.Reason))
	case verdict.Error:
		g.found(f(Broke, reports.ExitHarnessBroke, "broke, which says nothing about the product: "+is.Reason))
	case verdict.Skipped:
		code := reports.ExitNotConformant
		if is.Attempts == 0 {
			code = reports.ExitIncomplete // the run ended before it
		}
		if good(was.Verdict) {
			g.found(f(Skipped, code, "was skipped: "+is.Reason))
		} else if was.Verdict != verdict.Skipped {
			g.note("%s (%s) was skipped; in the baseline it was %s", is.ID, title(is), was.Verdict)
		}
	case verdict.Unsupported:
		switch problem := g.unfounded(is); {
		case was.Verdict == verdict.Unsupported:
		case problem != "":
			g.found(f(Unsupported, 0, "is said to be unsupported and "+problem+": "+is.Reason))
		default:
			g.note("%s (%s) no longer applies: %s", is.ID, title(is), is.Reason)
		}
	case verdict.Flaky:
		g.flaky(was, is, f)
	case verdict.Passed:
		if was.Verdict == verdict.Unsupported {
			g.note("%s (%s) applies now, and passed", is.ID, title(is))
		} else if was.Verdict != verdict.Passed {
			g.fixed(f("fixed", 0, "passed"))
		}
	}
}

// failed judges a scenario that failed; found is the finding if it did not in the baseline.
func (g *comparison) failed(was, is reports.Scenario, found Finding) {
	switch {
	case was.Verdict != verdict.Failed:
		g.found(found)
	case g.expects(&found):
	case brokenAt(was) != brokenAt(is):
		g.note("%s (%s) failed in the baseline too, and at another step, %q: now at %q: %s", is.ID, title(is),
			brokenAt(was), brokenAt(is), is.Reason)
	default:
		g.note("%s (%s) fails as it did in the baseline: %s", is.ID, title(is), is.Reason)
	}
}

// flaky judges a scenario that passed on a retry; f makes a finding of it.
func (g *comparison) flaky(was, is reports.Scenario, f func(kind string, code int, text string) Finding) {
	switch {
	case was.Verdict == verdict.Flaky:
	case was.Verdict != verdict.Passed:
		g.fixed(f(Flaky, 0, fmt.Sprintf("passed on attempt %d", is.Attempts)))
	case g.Policy.Flaky:
		g.note("%s (%s) passed only on attempt %d: %s", is.ID, title(is), is.Attempts, is.Reason)
	default:
		g.found(f(Flaky, 0, fmt.Sprintf("passed only on attempt %d: %s", is.Attempts, is.Reason)))
	}
}

func (g *comparison) fixed(f Finding) {
	f.Kind = "fixed"
	g.report.Fixed = append(g.report.Fixed, f)
}

// brokenAt is the step that failed. What it says of the failure holds names of one run.
func brokenAt(s reports.Scenario) string {
	if step := s.Broken(); step != nil {
		return step.Text
	}
	return ""
}

// unfounded says why a scenario is unsupported without a fact: none is named, or what is named does not exclude the
// pair. What an image lacks is no fact about the product.
func (g *comparison) unfounded(s reports.Scenario) string {
	local, errL := semver.StrictNewVersion(s.Local)
	remote, errR := semver.StrictNewVersion(s.Remote)
	if s.Fact == "" {
		return "names no fact"
	}
	if errL != nil || errR != nil {
		return "its versions cannot be read"
	}
	if s.Fact == "wire" {
		connects, _ := g.Facts.Connects(local, remote)
		if connects == slices.Contains(s.Tags, "@wire:incompatible") {
			return ""
		}
		return "the fact wire does not exclude this pair"
	}
	applies, _, err := g.Facts.Applies(s.Fact, local, remote)
	if err != nil {
		outcome, unknown := g.Catalogue.Outcome(s.Fact)
		if unknown != nil {
			return fmt.Sprintf("%q is no fact about versions", s.Fact)
		}
		applies, _ = outcome.AppliesTo(local, remote)
	}
	if applies {
		return fmt.Sprintf("the fact %s does not exclude this pair", s.Fact)
	}
	return ""
}

// measurements holds what took time against the policy.
func (g *comparison) measurements(was, is reports.Scenario) {
	if !good(was.Verdict) || !good(is.Verdict) {
		return
	}
	for _, n := range slices.SortedFunc(maps.Keys(was.Measurements), cmp.Compare[string]) {
		before := was.Measurements[n]
		after, measured := is.Measurements[n]
		if !measured {
			g.note("%s (%s) measured %s of %.1f s in the baseline, and none now", is.ID, title(is), n, before)
			continue
		}
		if allowed := g.Policy.Limit(n).Allowed(before); after > allowed {
			f := finding(Slower, is, 0, fmt.Sprintf("%s took %.1f s, and %.1f s in the baseline; up to %.1f s is allowed", n,
				after, before, allowed))
			f.Was, f.Is = fmt.Sprintf("%.1f s", before), fmt.Sprintf("%.1f s", after)
			g.found(f)
		}
	}
}
