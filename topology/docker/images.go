package docker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/build"
	"github.com/moby/moby/api/types/image"
	"github.com/moby/moby/api/types/jsonstream"
	"github.com/moby/moby/client"
)

// Labels on images that crosscheck made. Images are a cache that outlives a run, so they never carry LabelRun: no sweep
// takes them.
const (
	LabelVersion     = "dev.crosscheck.version"     // the Elasticsearch version, or the base's name
	LabelSource      = "dev.crosscheck.source"      // what the image was made from
	LabelFingerprint = "dev.crosscheck.fingerprint" // hash of everything that went into it
	LabelLacks       = "dev.crosscheck.lacks"       // JSON: what it cannot do, and why
)

// Image is one image that the Engine holds.
type Image struct {
	ID      string
	Tags    []string // as REPOSITORY:TAG; none for an image that lost its tag to a newer one
	Labels  map[string]string
	Size    int64 // bytes, with the layers that it shares with others
	Created time.Time
	Arch    string // as Go names it; empty in a list
}

// FindImage looks for ref (a tag or an ID) among the images that the Engine holds; found tells whether it is there.
func (e *Engine) FindImage(ctx context.Context, ref string) (img Image, found bool, err error) {
	got, err := e.cli.ImageInspect(ctx, ref)
	if errdefs.IsNotFound(err) {
		return Image{}, false, nil
	}
	if err != nil {
		return Image{}, false, fmt.Errorf("look for the image %s: %w", ref, err)
	}
	img = Image{ID: got.ID, Tags: got.RepoTags, Size: got.Size, Arch: got.Architecture}
	if got.Config != nil {
		img.Labels = got.Config.Labels
	}
	// An image without a date is no reason to refuse it.
	img.Created, _ = time.Parse(time.RFC3339Nano, got.Created)
	return img, true, nil
}

// Images lists the images that the Engine holds: those whose LabelRole is one of roles, or all without any role.
func (e *Engine) Images(ctx context.Context, roles ...string) ([]Image, error) {
	options := client.ImageListOptions{}
	if len(roles) > 0 {
		options.Filters = client.Filters{}.Add("label", LabelRole)
	}
	got, err := e.cli.ImageList(ctx, options)
	if err != nil {
		return nil, fmt.Errorf("list the Engine's images: %w", err)
	}
	var images []Image
	for _, s := range got.Items {
		if len(roles) > 0 && !slices.Contains(roles, s.Labels[LabelRole]) {
			continue
		}
		images = append(images, fromSummary(s))
	}
	return images, nil
}

func fromSummary(s image.Summary) Image {
	// An Engine of that age answers <none>:<none> for an image without a tag.
	tags := slices.DeleteFunc(slices.Clone(s.RepoTags), func(tag string) bool { return strings.HasPrefix(tag, "<none>") })
	return Image{ID: s.ID, Tags: tags, Labels: s.Labels, Size: s.Size, Created: time.Unix(s.Created, 0)}
}

// ImportImage makes a one-layer image from a root file system in tar form. When reading rootfs fails, no image is made.
func (e *Engine) ImportImage(ctx context.Context, ref string, labels map[string]string, rootfs io.Reader) error {
	var changes []string
	for key, value := range labels {
		changes = append(changes, "LABEL "+strconv.Quote(key)+"="+strconv.Quote(value))
	}
	slices.Sort(changes)
	resp, err := e.cli.ImageImport(ctx, client.ImageImportSource{Source: rootfs, SourceName: "-"}, ref,
		client.ImageImportOptions{Changes: changes})
	if err != nil {
		return fmt.Errorf("import %s: %w", ref, reason(ctx, err))
	}
	defer resp.Close()
	if err := eachMessage(resp, func(jsonstream.Message) {}); err != nil {
		return fmt.Errorf("import %s: %w", ref, reason(ctx, err))
	}
	return nil
}

// BuildImage builds ref from a context in tar form whose Dockerfile is at its root. No step has a network. step, which
// may be nil, hears each step's command; when one fails, the error holds what it printed.
func (e *Engine) BuildImage(ctx context.Context, ref string, labels map[string]string, files io.Reader,
	step func(string)) error {
	resp, err := e.cli.ImageBuild(ctx, files, client.ImageBuildOptions{
		Tags: []string{ref}, Labels: labels, Version: build.BuilderV1,
		Remove: true, ForceRemove: true, NetworkMode: "none",
	})
	if err != nil {
		return fmt.Errorf("build %s: %w", ref, reason(ctx, err))
	}
	defer resp.Body.Close()
	if err := readBuild(resp.Body, step); err != nil {
		return fmt.Errorf("build %s: %w", ref, reason(ctx, err))
	}
	return nil
}

// maxStepOutput is how many bytes of a failed step's output an error shows: its end, where the reason is.
const maxStepOutput = 4000

// plain takes out the colour that the builder gives to standard error.
var plain = strings.NewReplacer("\x1b[91m", "", "\x1b[0m", "")

// readBuild follows the messages of a build to its end.
func readBuild(r io.Reader, step func(string)) error {
	var output strings.Builder
	built := false
	err := eachMessage(r, func(m jsonstream.Message) {
		built = built || m.Aux != nil
		if strings.HasPrefix(m.Stream, "Step ") {
			output.Reset()
			if step != nil {
				step(strings.TrimSpace(m.Stream))
			}
		}
		output.WriteString(plain.Replace(m.Stream))
	})
	if err != nil {
		text := strings.TrimSpace(output.String())
		return fmt.Errorf("%w\n%s", err, text[max(0, len(text)-maxStepOutput):])
	}
	if !built {
		return errors.New("the Docker Engine stopped before the image was built")
	}
	return nil
}

// eachMessage hands on the Engine's progress messages until the stream ends or one of them is an error.
func eachMessage(r io.Reader, each func(jsonstream.Message)) error {
	dec := json.NewDecoder(r)
	for {
		var m jsonstream.Message
		if err := dec.Decode(&m); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("read the Docker Engine's answer: %w", err)
		}
		if m.Error != nil {
			return m.Error
		}
		each(m)
	}
}

// reason is what an error of a long request comes down to: the end of its context, or the cause without the request's
// address, which holds all labels.
func reason(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	var request *url.Error
	if errors.As(err, &request) {
		return request.Err
	}
	return err
}

// RemoveImage removes ref and the layers that nothing else uses. An image that is not there is no error; one that a
// container uses is.
func (e *Engine) RemoveImage(ctx context.Context, ref string) error {
	_, err := e.cli.ImageRemove(ctx, ref, client.ImageRemoveOptions{PruneChildren: true})
	if err != nil && !errdefs.IsNotFound(err) {
		return fmt.Errorf("remove the image %s: %w", ref, err)
	}
	return nil
}
