package image

import (
	"context"
	"errors"
	"os/exec"
	"slices"
)

// Plan says which source Resolve would use for a version, without pulling or making anything.
type Plan struct {
	Version string
	Source  Source
	Ref     string
	Lacks   []Lack
	Ready   bool     // the Engine holds the image already
	Note    string   // what makes the plan uncertain, if anything
	Missing []string // Debian packages without which it cannot be carried out here
}

// Plan looks ahead. It takes at most a few seconds, for the registry's answer; without an Engine none. A version that
// is known to have no source gives *UnknownVersionError.
func (r *Resolver) Plan(ctx context.Context, version string) (Plan, error) {
	if ref, ok := r.images[version]; ok {
		return r.planExplicit(ctx, version, ref)
	}
	unknown := &UnknownVersionError{Version: version, Near: r.catalogue.near(version)}
	if _, err := parseVersion(version); err != nil {
		unknown.Tried = []string{err.Error()}
		return Plan{}, unknown
	}
	plan := Plan{Version: version, Source: Assembled, Ref: ref(version), Lacks: r.catalogue.Lacks(version)}
	if r.engine == nil {
		plan.Note = "assuming that no official image is at hand"
	} else {
		img, ok, err := r.local(ctx, version)
		if err != nil {
			return Plan{}, err
		}
		if ok {
			return Plan{Version: version, Source: img.Source, Ref: img.Ref, Lacks: img.Lacks, Ready: true}, nil
		}
		official := r.engine.Mirrored(officialRepository + ":" + version)
		found, err := r.probe(ctx, official)
		if askUser(err) {
			return Plan{}, err
		}
		if found {
			return Plan{Version: version, Source: Registry, Ref: official}, nil
		}
		plan.Note = "the registry has no " + official
		if err != nil {
			plan.Note = "the registry cannot be reached"
		}
	}
	recipe, ok := r.catalogue.recipe(version)
	if !ok {
		unknown.Tried = []string{plan.Note, "no artifact is known to assemble it from (" + artifactsFile + ")"}
		return Plan{}, unknown
	}
	if err := r.canAssemble(ctx); errors.Is(err, errNotHere) {
		unknown.Tried = []string{plan.Note, err.Error()}
		return Plan{}, unknown
	} else if err != nil {
		return Plan{}, err
	}
	if !slices.Contains(r.catalogue.published, version) {
		plan.Note += "; not among the versions known to be published"
	}
	var err error
	plan.Missing, err = r.missing(ctx, recipe)
	return plan, err
}

func (r *Resolver) planExplicit(ctx context.Context, version, ref string) (Plan, error) {
	plan := Plan{Version: version, Source: Explicit, Ref: ref}
	if r.engine == nil {
		return plan, nil
	}
	got, found, err := r.engine.FindImage(ctx, ref)
	if err != nil {
		return Plan{}, err
	}
	plan.Ready, plan.Lacks = found, r.named(version, ref, Explicit, got.Labels).Lacks
	if !found {
		plan.Note = "not present, to be pulled"
	}
	return plan, nil
}

// missing lists the packages that assembling recipe's image would need, and that are not installed.
func (r *Resolver) missing(ctx context.Context, recipe recipe) ([]string, error) {
	var missing []string
	if _, err := exec.LookPath("mvn"); err != nil && !r.cache.has(recipe.Version) {
		missing = append(missing, "maven")
	}
	if _, err := exec.LookPath("mmdebstrap"); err != nil {
		if r.engine != nil {
			if has, err := r.hasBase(ctx, recipe.Base); err != nil || has {
				return missing, err
			}
		}
		missing = append(missing, "mmdebstrap")
	}
	return missing, nil
}
