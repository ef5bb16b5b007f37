// Package build makes the programs of an ECK environment from Go modules, once, into crosscheck's cache: a Kubernetes
// control plane and versions of the ECK operator. What was built is verified by its hash before it is used again.
package build

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/crosscheck-dev/crosscheck/fixtures/facts"
	"github.com/crosscheck-dev/crosscheck/topology/image"
)

// Builder builds into one cache folder.
type Builder struct {
	Cache    string // crosscheck's cache folder, see image.CacheDir
	Pins     *facts.ECK
	Progress func(subject, text string) // what is being done; may be called from several goroutines
}

// Product is a folder with something that was built.
type Product struct {
	Name    string // "control plane 1.36.1" or "operator 3.5.0"
	Version string
	Dir     string
	Program string // path of the program
	CRDs    string // path of the operator's custom resource definitions; empty for the control plane
}

// MissingError is a product that is not in the cache yet, is no longer as it was built, or cannot be used on this
// system.
type MissingError struct {
	Name, Why string
	Remedy    string // empty: build it
}

func (e *MissingError) Error() string {
	remedy := e.Remedy
	if remedy == "" {
		remedy = "run `crosscheck eck build`"
	}
	return fmt.Sprintf("%s is not built (%s); %s", e.Name, e.Why, remedy)
}

// usable is a *MissingError on an operating system (a GOOS) that cannot run a product. The pods of crosscheck's own
// Kubernetes are containers that this machine reaches by their addresses and that mount its folders, and its programs
// end with crosscheck: that takes Linux.
func usable(p Product, system string) error {
	if system == "linux" {
		return nil
	}
	return &MissingError{Name: p.Name, Why: "crosscheck's own Kubernetes takes Linux, and this is " + system,
		Remedy: "name a Kubernetes cluster with ECK by --kubeconfig"}
}

// receipt is written last, beside the product.
type receipt struct {
	Built   time.Time         `json:"built"`
	Seconds float64           `json:"seconds"`
	Files   map[string]string `json:"files"` // name -> SHA-256
}

const receiptFile = "built.json"

// ControlPlane is the built control plane; a *MissingError when there is none.
func (b *Builder) ControlPlane() (Product, error) {
	p := b.controlPlane()
	return p, b.check(p)
}

// Operator is a built version of the operator; a *MissingError when there is none. An empty version is the default one.
func (b *Builder) Operator(version string) (Product, error) {
	m, err := b.Pins.Operator(version)
	if err != nil {
		return Product{}, err
	}
	p := b.operator(m)
	return p, b.check(p)
}

func (b *Builder) controlPlane() Product {
	pins := b.Pins.Kubernetes.Sum + b.Pins.Etcd.Sum
	version := b.Pins.Kubernetes.Version
	return b.product("control plane", "control-plane", "controlplane", version, pins, string(controlPlaneProgram))
}

func (b *Builder) operator(m facts.Module) Product {
	p := b.product("operator", "operator", "elastic-operator", m.Version, m.Sum)
	p.CRDs = filepath.Join(p.Dir, "crds.yaml")
	return p
}

// product is a product whose folder's name holds a hash of its inputs: other pins are another folder.
func (b *Builder) product(name, folder, program, version string, inputs ...string) Product {
	hash := sha256.New()
	for _, input := range inputs {
		fmt.Fprintf(hash, "%d:%s", len(input), input)
	}
	id := fmt.Sprintf("%s-%s-%s", folder, version, hex.EncodeToString(hash.Sum(nil)[:4]))
	dir := filepath.Join(b.Cache, "eck", id)
	return Product{Name: name + " " + version, Version: version, Dir: dir, Program: filepath.Join(dir, program)}
}

// check reads the product again: a file that was cut short or replaced is not used.
func (b *Builder) check(p Product) error {
	if err := usable(p, runtime.GOOS); err != nil {
		return err
	}
	data, err := os.ReadFile(filepath.Join(p.Dir, receiptFile))
	if errors.Is(err, fs.ErrNotExist) {
		return &MissingError{Name: p.Name, Why: "nothing at " + p.Dir}
	}
	if err != nil {
		return fmt.Errorf("look for %s: %w", p.Name, err)
	}
	var r receipt
	if err := json.Unmarshal(data, &r); err != nil || len(r.Files) == 0 {
		return &MissingError{Name: p.Name, Why: filepath.Join(p.Dir, receiptFile) + " is damaged"}
	}
	for name, want := range r.Files {
		got, err := hashFile(filepath.Join(p.Dir, name))
		if err != nil || got != want {
			return &MissingError{Name: p.Name, Why: filepath.Join(p.Dir, name) + " is not what was built"}
		}
	}
	return nil
}

// Build makes sure of the control plane and of these versions of the operator; none named is the default one.
func (b *Builder) Build(ctx context.Context, operators ...string) ([]Product, error) {
	if len(operators) == 0 {
		operators = []string{""}
	}
	cp := b.controlPlane()
	if err := usable(cp, runtime.GOOS); err != nil {
		return nil, err
	}
	waiting := func(who string) { b.Progress("eck", "waiting for "+who+", which builds") }
	unlock, err := image.Lock(ctx, filepath.Join(b.Cache, "locks", "eck"), waiting)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if err := b.make(ctx, cp, b.buildControlPlane); err != nil {
		return nil, err
	}
	products := []Product{cp}
	for _, version := range operators {
		m, err := b.Pins.Operator(version)
		if err != nil {
			return nil, err
		}
		p := b.operator(m)
		build := func(ctx context.Context, p Product, work string) error { return b.buildOperator(ctx, m, p, work) }
		if err := b.make(ctx, p, build); err != nil {
			return nil, err
		}
		products = append(products, p)
	}
	return products, nil
}

// make builds in a folder of its own and moves the whole into its place: half a product is never seen there.
func (b *Builder) make(
	ctx context.Context, p Product, build func(ctx context.Context, p Product, work string) error,
) (err error) {
	var missing *MissingError
	if err := b.check(p); err == nil || !errors.As(err, &missing) {
		if err == nil {
			b.Progress(p.Name, "present")
		}
		return err
	}
	begin := time.Now()
	if err := os.MkdirAll(filepath.Dir(p.Dir), 0o755); err != nil {
		return fmt.Errorf("make room for %s: %w", p.Name, err)
	}
	work, err := os.MkdirTemp(filepath.Dir(p.Dir), ".building-")
	if err != nil {
		return fmt.Errorf("make room for %s: %w", p.Name, err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	staged := Product{Name: p.Name, Version: p.Version, Dir: filepath.Join(work, "product")}
	staged.Program = filepath.Join(staged.Dir, filepath.Base(p.Program))
	if p.CRDs != "" {
		staged.CRDs = filepath.Join(staged.Dir, filepath.Base(p.CRDs))
	}
	if err := os.Mkdir(staged.Dir, 0o755); err != nil {
		return fmt.Errorf("make room for %s: %w", p.Name, err)
	}
	if err := build(ctx, staged, work); err != nil {
		return fmt.Errorf("build %s: %w", p.Name, err)
	}
	if err := sign(staged, begin); err != nil {
		return fmt.Errorf("build %s: %w", p.Name, err)
	}
	if err := os.RemoveAll(p.Dir); err != nil {
		return fmt.Errorf("replace %s: %w", p.Name, err)
	}
	if err := os.Rename(staged.Dir, p.Dir); err != nil {
		return fmt.Errorf("put %s in its place: %w", p.Name, err)
	}
	b.Progress(p.Name, fmt.Sprintf("built in %s", time.Since(begin).Round(time.Second)))
	return nil
}

// sign writes the receipt of everything in the product's folder.
func sign(p Product, begin time.Time) error {
	r := receipt{
		Built: time.Now().UTC().Truncate(time.Second), Seconds: time.Since(begin).Seconds(), Files: map[string]string{}}
	files, err := os.ReadDir(p.Dir)
	if err != nil {
		return err
	}
	for _, f := range files {
		if r.Files[f.Name()], err = hashFile(filepath.Join(p.Dir, f.Name())); err != nil {
			return err
		}
	}
	data, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(p.Dir, receiptFile), append(data, '\n'), 0o644)
}

func hashFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}
