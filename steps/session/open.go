package session

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/Masterminds/semver/v3"
	"golang.org/x/sync/errgroup"

	"github.com/crosscheck-dev/crosscheck/steps"
	"github.com/crosscheck-dev/crosscheck/steps/suite"
	"github.com/crosscheck-dev/crosscheck/topology/docker"
	"github.com/crosscheck-dev/crosscheck/topology/image"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
	"github.com/crosscheck-dev/crosscheck/topology/pool"
)

// Session is a selection with what it runs on. Engine, Resolver and Info are empty where every scenario runs on
// clusters of the user's.
type Session struct {
	*Selection
	Engine     *docker.Engine
	Info       docker.Info // of the Engine
	Resolver   *image.Resolver
	Lab        *lab.Lab
	Lanes      int   // pairs to work on at the same time
	FreeMemory int64 // bytes that programs on the Engine's machine can take

	env    *steps.Env
	judged []suite.Item // the items, with what their images lack
	closed bool
}

// Open selects what the options name and opens a session for it.
func Open(ctx context.Context, o Options) (*Session, error) {
	selection, err := Select(ctx, o)
	if err != nil {
		return nil, err
	}
	return selection.Open(ctx)
}

// Open connects to the Docker Engine, removes what runs that ended have left there, makes sure of all images, and makes
// the networks of the session. No cluster is started. After an error nothing is left open.
func (s *Selection) Open(ctx context.Context) (*Session, error) {
	o := &Session{Selection: s}
	if err := o.open(ctx); err != nil {
		return nil, errors.Join(err, o.Close(ctx))
	}
	return o, nil
}

func (s *Session) open(ctx context.Context) (err error) {
	if s.needsEngine() {
		if s.Engine, err = docker.Connect(ctx, s.options.RunID, s.options.Log); err != nil {
			return err
		}
	}
	if err := s.buildECK(ctx); err != nil {
		return err
	}
	if err := s.sweepCluster(ctx); err != nil {
		return err
	}
	s.judged = s.items
	var balancer []byte
	if s.Engine != nil {
		if balancer, err = s.prepareEngine(ctx); err != nil {
			return err
		}
	}
	s.FreeMemory = freeMemory(s.Engine, s.Info)
	switch {
	case s.Engine == nil:
		s.Lanes = 1 // the sides of ECK are lent to one scenario at a time
	case s.options.Lanes > 0:
		s.Lanes = s.options.Lanes
	default:
		s.Lanes = defaultLanes(s.Info.CPUs, len(s.Pairs))
	}
	if s.Lab, err = lab.NewLab(ctx, lab.Options{
		Engine: s.Engine, Images: s.Resolver, Secrets: s.options.Secrets, Timeouts: s.options.Timeouts, Balancer: balancer,
		Keep: s.options.Keep, Log: s.options.Log, Observe: s.options.Observe, KeystoreTool: s.options.KeystoreTool,
	}); err != nil {
		return err
	}
	if err := s.adoptExisting(ctx); err != nil {
		return err
	}
	s.env = &steps.Env{
		Existing: s.Existing,
		Pool:     pool.New(s.Lab, maxNodes(s.FreeMemory, s.Info.CPUs)), Catalogue: s.Catalogue, Facts: s.Facts,
		Secrets: s.options.Secrets, Timeouts: s.options.Timeouts,
	}
	if s.Existing == nil {
		s.env.ECK, err = s.newECK()
	}
	return err
}

// prepareEngine removes what ended runs left, finds or makes all images, and answers the load balancer's program.
func (s *Session) prepareEngine(ctx context.Context) (balancer []byte, err error) {
	swept, err := s.Engine.SweepDead(ctx, false)
	if err != nil {
		return nil, fmt.Errorf("remove what earlier runs left: %w", err)
	}
	if swept.Containers+swept.Networks > 0 {
		s.options.Note(fmt.Sprintf("removed %d containers and %d networks that an ended run had left",
			swept.Containers, swept.Networks))
	}
	if s.Info, err = s.Engine.Info(ctx); err != nil {
		return nil, err
	}
	if address := s.Engine.Exposed(); address != "" {
		s.options.Note("the Engine is elsewhere: whoever reaches " + address +
			" of its machine reaches the clusters while the run lasts (docs/ci.md)")
	}
	limit := s.options.Timeouts.ClusterStart + s.options.Timeouts.Scenario // no more than the first scenario may take
	if balancer, err = balancerProgram(ctx, s.Info.Arch, limit); err != nil {
		return nil, err
	}
	if s.Resolver, err = image.New(image.Options{Timeouts: s.options.Timeouts,
		Engine: s.Engine, Catalogue: s.Published, Images: s.Images, Log: s.options.Log,
		Progress: func(e image.Event) { s.options.Note(e.String()) },
	}); err != nil {
		return nil, err
	}
	if len(s.scenarios) == 0 {
		return balancer, s.resolve(ctx, s.Versions())
	}
	lacks, err := s.lacks(ctx)
	if err != nil {
		return nil, err
	}
	of := func(v *semver.Version) map[string]string { return lacks[v.Original()] }
	if s.judged, err = s.plan(ctx, of); err != nil {
		return nil, err
	}
	return balancer, s.resolve(ctx, s.started())
}

// lacks says what the images cannot do: version -> capability -> reason.
func (s *Session) lacks(ctx context.Context) (map[string]map[string]string, error) {
	all := map[string]map[string]string{}
	for _, v := range s.Versions() {
		plan, err := s.Resolver.Plan(ctx, v)
		if err != nil {
			return nil, err
		}
		all[v] = map[string]string{}
		for _, l := range plan.Lacks {
			all[v][l.Capability] = l.Reason
		}
	}
	return all, nil
}

// started are the versions of which some scenario starts a node on the Engine.
func (s *Session) started() []string {
	needed := map[string]bool{}
	for _, item := range s.judged {
		if item.Unsupported == nil && !s.elsewhere(item) {
			for _, v := range item.Versions() {
				needed[v.Original()] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(needed))
}

// resolve makes sure of images before the clock of the first scenario starts.
func (s *Session) resolve(ctx context.Context, versions []string) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(2) // one unpacks while the other downloads
	for _, v := range versions {
		group.Go(func() error {
			_, err := s.Resolver.Resolve(ctx, v)
			return err
		})
	}
	return group.Wait()
}

// Items are the scenarios on the pairs, judged with what the images lack.
func (s *Session) Items() []suite.Item { return s.judged }

// Env is what scenarios are lent. It may be used until Close.
func (s *Session) Env() *steps.Env { return s.env }

// Alive is an error when the Docker Engine no longer answers within ten seconds.
func (s *Session) Alive(ctx context.Context) error {
	if s.Engine == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	_, err := s.Engine.Info(ctx)
	return err
}

// Left are the namespaces in the user's cluster that are kept for a look.
func (s *Session) Left() []string {
	if s.env == nil || s.env.ECK == nil {
		return nil
	}
	return s.env.ECK.Left()
}

// Close removes everything that was started in the session, unless the options keep it, and drops the connection. It
// does so also when ctx has ended. No scenario may run any more; a second call does nothing.
func (s *Session) Close(ctx context.Context) error {
	if s.closed {
		return nil
	}
	s.closed = true
	var errs []error
	if s.env != nil && s.env.ECK != nil {
		errs = append(errs, s.env.ECK.Close(ctx))
	}
	errs = append(errs, s.closeExisting(ctx))
	if s.Lab != nil {
		errs = append(errs, s.Lab.Close(ctx))
	}
	if s.Engine != nil {
		errs = append(errs, s.Engine.Close())
	}
	return errors.Join(errs...)
}
