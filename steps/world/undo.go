package world

import (
	"context"
	"fmt"
	"slices"
)

// Undo remembers how to undo what steps did.
type Undo struct {
	actions []action
	spoiled bool
	insists bool
}

type action struct {
	what string
	do   func(context.Context) error
}

// Later has do called when the scenario ends. What was remembered last is undone first. what names it in errors.
func (u *Undo) Later(what string, do func(context.Context) error) {
	u.actions = append(u.actions, action{what, do})
}

// Spoil says that the clusters are no longer what their descriptions say, and that no later scenario may have them.
func (u *Undo) Spoil() { u.spoiled = true }

// Spoiled reports whether the clusters are no longer what their descriptions say.
func (u *Undo) Spoiled() bool { return u.spoiled }

// Insist has everything undone also after an interruption: the clusters live on.
func (u *Undo) Insist() { u.insists = true }

// forget drops what was remembered: the clusters are stopped instead.
func (u *Undo) forget() {
	if !u.insists {
		u.actions, u.spoiled = nil, true
	}
}

// all undoes everything, and goes on after an error.
func (u *Undo) all(ctx context.Context) (errs []error) {
	for _, a := range slices.Backward(u.actions) {
		if err := a.run(ctx); err != nil {
			errs = append(errs, err)
		}
	}
	u.actions = nil
	return errs
}

// run undoes. A panic is an error like others: the clusters must be given back whatever happens.
func (a action) run(ctx context.Context) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%s: panic: %v", a.what, p)
		}
	}()
	if err := a.do(ctx); err != nil {
		return fmt.Errorf("%s: %w", a.what, err)
	}
	return nil
}
