package image

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/crosscheck-dev/crosscheck/fixtures/facts"
	"github.com/crosscheck-dev/crosscheck/topology/docker"
)

// Built is an image that crosscheck made.
type Built struct {
	Ref     string
	Role    string // base or elasticsearch
	Version string // of Elasticsearch; the name of a base
	Size    int64  // bytes, with the layers that it shares with its base
	Created time.Time
	Current bool // made just as this program would; another one is made anew before it is used
	Lacks   []Lack
}

// Build assembles the image of version even where another source has it; with force also where it is there already.
func (r *Resolver) Build(ctx context.Context, version string, force bool) (Image, error) {
	recipe, ok := r.catalogue.recipe(version)
	if !ok {
		return Image{}, &UnknownVersionError{Version: version, Near: r.catalogue.near(version),
			Tried: []string{"no artifact is known to assemble it from (" + artifactsFile + ")"}}
	}
	img, err := r.assemble(ctx, recipe, force)
	if errors.Is(err, errNotPublished) || errors.Is(err, errNotHere) {
		return Image{}, &UnknownVersionError{Version: version, Near: r.catalogue.near(version), Tried: []string{err.Error()}}
	}
	return img, err
}

// List lists the images that crosscheck made: bases first, then Elasticsearch, by version.
func (r *Resolver) List(ctx context.Context) ([]Built, error) {
	images, err := r.engine.Images(ctx, roleBase, roleElasticsearch)
	if err != nil {
		return nil, err
	}
	var built []Built
	for _, img := range images {
		for _, tag := range img.Tags {
			current, err := r.current(img.Labels)
			if err != nil {
				return nil, err
			}
			built = append(built, Built{Ref: tag, Role: img.Labels[docker.LabelRole], Version: img.Labels[docker.LabelVersion],
				Size: img.Size, Created: img.Created, Current: current, Lacks: readLacks(img.Labels[docker.LabelLacks])})
		}
	}
	slices.SortFunc(built, func(a, b Built) int {
		return cmp.Or(cmp.Compare(a.Role, b.Role), facts.CompareVersions(a.Version, b.Version), cmp.Compare(a.Ref, b.Ref))
	})
	return built, nil
}

func (r *Resolver) current(labels map[string]string) (bool, error) {
	got, version := labels[docker.LabelFingerprint], labels[docker.LabelVersion]
	if labels[docker.LabelRole] == roleBase {
		return slices.ContainsFunc(r.catalogue.recipes, func(rr recipeRange) bool {
			return rr.Base.Name == version && rr.Base.fingerprint() == got
		}), nil
	}
	recipe, ok := r.catalogue.recipe(version)
	if !ok {
		return false, nil
	}
	want, err := recipe.fingerprint()
	return want == got, err
}

// Remove removes the images that crosscheck assembled for versions, and their downloads. Without versions it removes
// all that it assembled, the bases too, and all downloads. It answers what it removed; what a container uses stays, and
// is named in the error.
func (r *Resolver) Remove(ctx context.Context, versions ...string) ([]string, error) {
	images, err := r.engine.Images(ctx, roleBase, roleElasticsearch)
	if err != nil {
		return nil, err
	}
	// An image goes before the base that it stands on.
	slices.SortStableFunc(images, func(a, b docker.Image) int {
		return cmp.Compare(b.Labels[docker.LabelRole], a.Labels[docker.LabelRole])
	})
	var removed []string
	var errs []error
	for _, img := range images {
		labels := img.Labels
		if len(versions) > 0 && (labels[docker.LabelRole] != roleElasticsearch ||
			!slices.Contains(versions, labels[docker.LabelVersion])) {
			continue
		}
		names := img.Tags
		if len(names) == 0 {
			names = []string{img.ID}
		}
		for _, name := range names {
			if err := r.engine.RemoveImage(ctx, name); err != nil {
				errs = append(errs, err)
				continue
			}
			removed = append(removed, name)
		}
	}
	if len(versions) == 0 {
		errs = append(errs, r.dropDownloads(ctx))
	}
	for _, version := range versions {
		errs = append(errs, r.dropZip(ctx, version))
	}
	return removed, errors.Join(errs...)
}

// dropZip removes the download of version, not from under a process that is using it.
func (r *Resolver) dropZip(ctx context.Context, version string) error {
	if _, err := parseVersion(version); err != nil {
		return &UnknownVersionError{Version: version, Tried: []string{err.Error()}, Near: r.catalogue.near(version)}
	}
	unlock, err := r.cache.lock(ctx, "elasticsearch-"+version,
		func(who string) { r.teller(version)("waiting for %s", who) })
	if err != nil {
		return err
	}
	defer unlock()
	if err := r.cache.drop(version); err != nil {
		return fmt.Errorf("remove the download of %s: %w", version, err)
	}
	return nil
}

func (r *Resolver) dropDownloads(ctx context.Context) error {
	errs := []error{}
	for _, version := range r.cache.versions() {
		errs = append(errs, r.dropZip(ctx, version))
	}
	unlock, err := r.cache.lock(ctx, "maven", func(who string) { r.teller("downloads")("waiting for %s", who) })
	if err != nil {
		return errors.Join(append(errs, err)...)
	}
	defer unlock()
	return errors.Join(append(errs, os.RemoveAll(r.cache.maven()))...)
}
