package session

import (
	"context"
	"errors"
	"fmt"

	"github.com/crosscheck-dev/crosscheck/fixtures/facts"
	"github.com/crosscheck-dev/crosscheck/reports/words"
	"github.com/crosscheck-dev/crosscheck/topology/eck"
	"github.com/crosscheck-dev/crosscheck/topology/eck/build"
	"github.com/crosscheck-dev/crosscheck/topology/image"
)

// ECKBuilder finds, or builds, the programs of an ECK environment of crosscheck's own in the cache folder. progress is
// told what is being built; it may be nil.
func ECKBuilder(progress func(subject, text string)) (*build.Builder, error) {
	pins, err := facts.DefaultECK()
	if err != nil {
		return nil, &UsageError{err}
	}
	cache, err := image.CacheDir()
	if err != nil {
		return nil, err
	}
	if progress == nil {
		progress = func(string, string) {}
	}
	return &build.Builder{Cache: cache, Pins: pins, Progress: progress}, nil
}

// ECKMissing says what scenarios with ECK lack on this machine; it is empty when all programs are in the cache. It
// reads them whole (270 MB) to compare their hashes.
func ECKMissing() (string, error) {
	b, err := ECKBuilder(nil)
	if err != nil {
		return "", err
	}
	_, err = b.ControlPlane()
	for _, m := range b.Pins.Operators {
		if err == nil {
			_, err = b.Operator(m.Version)
		}
	}
	if missing, ok := errors.AsType[*build.MissingError](err); ok {
		return missing.Error(), nil
	}
	return "", err
}

// findECK finds out whether scenarios with ECK can run: on the cluster of a kubeconfig, or in an environment of
// crosscheck's own. It changes nothing.
func (s *Selection) findECK(ctx context.Context) (err error) {
	o := s.options.ECK
	if o.Kubeconfig == "" {
		if s.aboutECK() && s.Existing == nil {
			s.noECK, err = ECKMissing()
		}
		return err
	}
	switch {
	case o.Build:
		return usagef("--eck builds an environment of crosscheck's own, and --kubeconfig names a cluster instead; " +
			"give one of them")
	case o.Trial:
		return usagef("--eck-trial is for crosscheck's own environment; on a cluster of yours the license is yours to apply")
	case !s.aboutECK():
		return usagef("--kubeconfig: none of the selected scenarios is tagged @eck; add --tags @eck")
	}
	b, err := ECKBuilder(nil)
	if err != nil {
		return err
	}
	if s.Installed, err = eck.Inspect(ctx, o.Kubeconfig); err != nil {
		return err
	}
	return eck.Kubectl(b)
}

// buildECK builds what the selected scenarios lack, if the options say so, and plans again.
func (s *Session) buildECK(ctx context.Context) error {
	if !s.options.ECK.Build || s.noECK == "" {
		return nil
	}
	b, err := ECKBuilder(func(subject, text string) { s.options.Note(subject + ": " + text) })
	if err != nil {
		return err
	}
	if _, err := b.Build(ctx, b.Pins.Versions()...); err != nil {
		return err
	}
	s.noECK = ""
	s.items, err = s.plan(ctx, nil)
	return err
}

// sweepCluster removes what ended runs of this machine left in the user's cluster.
func (s *Session) sweepCluster(ctx context.Context) error {
	if s.Installed == nil {
		return nil
	}
	removed, err := eck.SweepNamespaces(ctx, s.Installed, s.options.Timeouts, false)
	if len(removed) > 0 {
		s.options.Note(fmt.Sprintf("an ended run had left %s in the cluster: removed", words.Named("namespace", removed)))
	}
	if err != nil {
		return fmt.Errorf("remove what earlier runs left in the cluster: %w", err)
	}
	return nil
}

// newECK makes the ECK environment of the session; it starts with the first scenario that needs it.
func (s *Session) newECK() (*eck.Provider, error) {
	b, err := ECKBuilder(nil)
	if err != nil {
		return nil, err
	}
	nodes := 0 // a user's cluster has its own scheduler
	if s.Installed == nil {
		nodes = eckNodes(s.FreeMemory, s.Lanes)
	}
	return eck.NewProvider(eck.Options{
		Installed: s.Installed, Run: s.options.RunID, Builder: b, Engine: s.Engine, Lab: s.Lab, Images: s.Resolver,
		Secrets: s.options.Secrets, Trial: s.options.ECK.Trial, Keep: s.options.Keep, MaxNodes: nodes, Log: s.options.Log,
	}), nil
}
