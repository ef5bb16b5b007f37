package survey

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/crosscheck-dev/crosscheck/fixtures/catalogue"
	"github.com/crosscheck-dev/crosscheck/fixtures/survey"
	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
)

// Storing turns what runs observed into what the repository keeps.
type Storing struct {
	Catalogue *catalogue.Catalogue
	Commit    string            // of this crosscheck
	Note      func(text string) // is told what people should know of
	matcher   *catalogue.Matcher
}

// File is what is kept of a pair.
func (s *Storing) File(p *Pair) (*survey.File, error) {
	s.matcher = catalogue.NewMatcher()
	f := &survey.File{Header: s.header(p)}
	named := map[string]bool{}
	names := map[string]int{}
	for _, ended := range p.Scenarios {
		scenario := ended.File + ": " + ended.Name
		if names[scenario]++; names[scenario] > 1 {
			scenario = fmt.Sprintf("%s (%d)", scenario, names[scenario])
		}
		if ended.Outcome != "" {
			named[ended.Outcome] = true
		}
		if ended.Verdict != verdict.Passed && ended.Verdict != verdict.Flaky {
			continue
		}
		if err := s.addSeen(f, ended, scenario); err != nil {
			return nil, err
		}
		addHealthy(f, ended, scenario)
	}
	f.Unseen = unseen(p, named, f.Seen)
	return f, nil
}

func (s *Storing) header(p *Pair) survey.Header {
	h := survey.Header{Local: p.Local, Remote: p.Remote, Commit: s.Commit}
	var ended time.Time
	for _, r := range p.Results {
		if r.Finished.After(ended) {
			ended = r.Finished
		}
	}
	h.When = ended.UTC().Format(time.DateOnly)
	for _, c := range p.Clusters {
		if c.Version != p.Local && c.Version != p.Remote {
			continue
		}
		h.Images = append(h.Images, c.ImageSource)
		h.Lacks = append(h.Lacks, c.Lacks...)
	}
	slices.Sort(h.Images)
	slices.Sort(h.Lacks)
	h.Images, h.Lacks = slices.Compact(h.Images), slices.Compact(h.Lacks)
	h.Verdicts, h.Unsupported = Count(p.Scenarios)
	h.Complete = h.Verdicts.Skipped == 0
	return h
}

// Count counts the verdicts, and the unsupported scenarios by their fact.
func Count(all []Ended) (survey.Verdicts, map[string]int) {
	var counted reports.Summary
	unsupported := map[string]int{}
	for _, s := range all {
		counted.Add(s.Verdict)
		if s.Verdict == verdict.Unsupported {
			unsupported[s.Fact]++
		}
	}
	return survey.Verdicts{Passed: counted.Passed + counted.Flaky, Failed: counted.Failed, Error: counted.Error,
		Skipped: counted.Skipped, Unsupported: counted.Unsupported}, unsupported
}

// addSeen adds what the scenario observed of a failure, where it did.
func (s *Storing) addSeen(f *survey.File, ended Ended, scenario string) error {
	file := filepath.Join(ended.Folder, filepath.FromSlash(ended.Evidence), catalogue.ObservationFile)
	data, err := os.ReadFile(file)
	if ended.Evidence == "" || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read an observation: %w", err)
	}
	var raw catalogue.Observation
	if err := json.Unmarshal(data, &raw); err != nil {
		return fmt.Errorf("%s: %w; run again to write a new one", file, err)
	}
	entry, err := s.Catalogue.Outcome(raw.Outcome)
	if err != nil {
		s.Note(fmt.Sprintf("%s: left out: %v", file, err))
		return nil
	}
	kept, err := s.compact(entry, raw, scenario)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if slices.ContainsFunc(f.Seen, func(o catalogue.Observation) bool { return alike(o, kept) }) {
		return nil // another scenario saw the very same
	}
	f.Seen = append(f.Seen, kept)
	return s.compare(raw, kept)
}

// alike reports whether two observations differ in nothing but their scenario.
func alike(a, b catalogue.Observation) bool {
	a.Scenario, b.Scenario = "", ""
	return reflect.DeepEqual(a, b)
}

// compact is the observation as it is kept.
func (s *Storing) compact(entry *catalogue.Outcome, raw catalogue.Observation, scenario string) (
	kept catalogue.Observation, err error) {
	n := newNormalizer(raw)
	kept = raw
	kept.Scenario, kept.Alias, kept.Index = scenario, n.text(raw.Alias), n.text(raw.Index)
	for _, a := range []struct {
		from *catalogue.Answer
		to   **catalogue.Answer
	}{{raw.Request, &kept.Request}, {raw.SkipUnavailableFalse, &kept.SkipUnavailableFalse},
		{raw.SkipUnavailableTrue, &kept.SkipUnavailableTrue}} {
		if *a.to, err = n.answer(a.from); err != nil {
			return kept, err
		}
	}
	for _, o := range []struct {
		from map[string]any
		to   *map[string]any
	}{{raw.RemoteInfo, &kept.RemoteInfo}, {raw.ResolveCluster, &kept.ResolveCluster}} {
		if o.from != nil {
			*o.to, _ = n.value(o.from).(map[string]any)
		}
	}
	seen, err := catalogue.See(kept)
	if err != nil {
		return kept, err
	}
	expected, err := s.matcher.Logs(entry, seen)
	if err != nil {
		return kept, err
	}
	wanted := func(l *catalogue.LogLine) func(string) bool {
		return func(line string) bool {
			if l == nil {
				return false
			}
			_, found := l.Pattern.Find([]string{line})
			return found
		}
	}
	kept.LocalLog = n.log(raw.LocalLog, wanted(expected.Local))
	kept.RemoteLog = n.log(raw.RemoteLog, wanted(expected.Remote))
	return kept, nil
}

// compare tells where an entry judges what is kept otherwise than what was observed.
func (s *Storing) compare(raw, kept catalogue.Observation) error {
	before, err := catalogue.See(raw)
	if err != nil {
		return err
	}
	after, err := catalogue.See(kept)
	if err != nil {
		return err
	}
	for _, entry := range s.Catalogue.Outcomes() {
		was, err := s.matcher.Accepts(entry, before)
		if err != nil {
			return err
		}
		is, err := s.matcher.Accepts(entry, after)
		if err != nil {
			return err
		}
		if was == is {
			continue
		}
		differences, err := s.matcher.Differences(entry, after)
		if err != nil {
			return err
		}
		s.Note(fmt.Sprintf("%s: %s accepts what was observed: %t, and what is kept of it: %t %v",
			kept.Scenario, entry.ID, was, is, differences))
	}
	return nil
}

// addHealthy adds how _remote/info showed the scenario's connected remote clusters, where no other one was shown so.
// Two scenarios of one pair cannot see different defaults.
func addHealthy(f *survey.File, ended Ended, scenario string) {
	for _, info := range ended.RemoteInfo {
		h := survey.Healthy{Scenario: scenario, Model: modelOf(ended.Tags), Mode: info.Mode, Fields: info.Fields,
			Defaults: info.Defaults}
		if i := slices.IndexFunc(f.Healthy, h.Like); i >= 0 {
			maps.Copy(f.Healthy[i].Defaults, h.Defaults) // a scenario sees those of what it leaves alone
			continue
		}
		h.Defaults = maps.Clone(h.Defaults)
		f.Healthy = append(f.Healthy, h)
	}
}

// modelOf is the security model in a scenario's tags.
func modelOf(tags []string) catalogue.Model {
	for _, tag := range tags {
		if model, ok := strings.CutPrefix(tag, "@model:"); ok {
			return catalogue.Model(model)
		}
	}
	return catalogue.AnyModel
}

// unseen says of the entries that scenarios name and that were not recognised why. What failed comes before what was
// unsupported, and of facts the entry's own versions.
func unseen(p *Pair, named map[string]bool, seen []catalogue.Observation) map[string]string {
	why := map[string]string{}
	rank := func(s Ended) int {
		switch {
		case s.Verdict == verdict.Failed:
			return 4
		case s.Verdict == verdict.Error:
			return 3
		case s.Verdict == verdict.Skipped:
			return 2
		case s.Fact == s.Outcome:
			return 1
		}
		return 0
	}
	best := map[string]int{}
	for _, s := range p.Scenarios {
		isSeen := slices.ContainsFunc(seen, func(o catalogue.Observation) bool { return o.Outcome == s.Outcome })
		if !named[s.Outcome] || isSeen || s.Verdict == verdict.Passed || s.Verdict == verdict.Flaky {
			continue
		}
		if r := rank(s); why[s.Outcome] == "" || r > best[s.Outcome] {
			best[s.Outcome], why[s.Outcome] = r, s.Verdict.String()
			if s.Verdict == verdict.Unsupported {
				why[s.Outcome] = s.Fact
			}
		}
	}
	return why
}

// Joined is a stored file with what later runs of some of its scenarios observed in the place of what those had shown.
// The counts stay those of the survey that the file is of.
func Joined(before, later *survey.File) *survey.File {
	joined := *before
	joined.When, joined.Commit = later.When, later.Commit
	joined.Seen = slices.DeleteFunc(slices.Clone(before.Seen), func(o catalogue.Observation) bool {
		return slices.ContainsFunc(later.Seen, func(l catalogue.Observation) bool {
			return l.Scenario == o.Scenario || alike(l, o)
		})
	})
	joined.Seen = append(joined.Seen, later.Seen...)
	for _, h := range later.Healthy {
		if !slices.ContainsFunc(joined.Healthy, h.Like) {
			joined.Healthy = append(joined.Healthy, h)
		}
	}
	joined.Unseen = maps.Clone(before.Unseen)
	for _, o := range joined.Seen {
		delete(joined.Unseen, o.Outcome)
	}
	return &joined
}
