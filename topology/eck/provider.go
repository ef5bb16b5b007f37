package eck

import (
	"context"
	"errors"
	"fmt"
)

// Provider starts the environment for the first scenario that wants it, and lends it to one at a time.
type Provider struct {
	options Options
	turn    chan struct{} // holds one token
	env     *Environment
	err     error // why it did not start; it is not tried again
}

// NewProvider starts nothing yet.
func NewProvider(o Options) *Provider {
	p := &Provider{options: o, turn: make(chan struct{}, 1)}
	p.turn <- struct{}{}
	return p
}

// Acquire waits until nobody else uses the environment, and starts it where it has not started yet. release gives it
// back.
func (p *Provider) Acquire(ctx context.Context) (env *Environment, release func(), err error) {
	select {
	case <-p.turn:
	case <-ctx.Done():
		return nil, nil, fmt.Errorf("wait for the ECK environment: %w", context.Cause(ctx))
	}
	release = func() { p.turn <- struct{}{} }
	if p.env == nil && p.err == nil {
		env, err := Start(ctx, p.options)
		if err != nil {
			p.err = fmt.Errorf("start the ECK environment: %w", errors.Join(err, env.Close(ctx)))
			if ctx.Err() != nil {
				p.err, err = nil, p.err // it may be tried again
				release()
				return nil, nil, err
			}
		} else {
			p.env = env
		}
	}
	if p.err != nil {
		release()
		return nil, nil, p.err
	}
	return p.env, release, nil
}

// Close ends the environment, if it was started. Nobody may hold it any more.
func (p *Provider) Close(ctx context.Context) error {
	if p.env == nil {
		return nil
	}
	return p.env.Close(ctx)
}

// Left lists the namespaces in the user's cluster that are kept for a look.
func (p *Provider) Left() []string {
	if p.env == nil {
		return nil
	}
	return p.env.on.Left()
}
