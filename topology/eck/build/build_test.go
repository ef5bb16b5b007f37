package build

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/crosscheck-dev/crosscheck/fixtures/facts"

	"github.com/stretchr/testify/require"
)

var pins = &facts.ECK{
	Kubernetes: facts.Module{Version: "1.36.1", Sum: "h1:k"}, Etcd: facts.Module{Version: "3.6.8", Sum: "h1:e"},
	Operators: []facts.Module{{Version: "3.5.0", Sum: "h1:o"}},
}

func TestTheControlPlanesModule(t *testing.T) {
	mod, err := controlPlaneModule(pins, []byte(`module k8s.io/kubernetes
go 1.26.0
require example.org/other v1.2.3
replace (
	k8s.io/api => ./staging/src/k8s.io/api
	k8s.io/kubectl => ./staging/src/k8s.io/kubectl
)
`))
	require.NoError(t, err)
	require.Equal(t, `module controlplane

go 1.26.0

require (
	k8s.io/kubernetes v1.36.1
	go.etcd.io/etcd/server/v3 v3.6.8
	k8s.io/component-base v0.36.1
	k8s.io/kubectl v0.36.1
)

replace k8s.io/api => k8s.io/api v0.36.1

replace k8s.io/kubectl => k8s.io/kubectl v0.36.1
`, string(mod))
}

func TestAModuleThatIsNotKubernetes(t *testing.T) {
	for name, c := range map[string]struct{ mod, want string }{
		"no go.mod":    {"this is none", "read the go.mod of Kubernetes: k8s.io/kubernetes/go.mod:1"},
		"nothing in":   {"", "the go.mod of Kubernetes 1.36.1 is not as expected"},
		"nothing from": {"module x\ngo 1.26\n", "the go.mod of Kubernetes 1.36.1 names no package of its own repository"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := controlPlaneModule(pins, []byte(c.mod))
			require.ErrorContains(t, err, c.want)
		})
	}
}

// made stands in for the Go tool.
func made(content string) func(context.Context, Product, string) error {
	return func(_ context.Context, p Product, _ string) error {
		return os.WriteFile(p.Program, []byte(content), 0o755)
	}
}

func TestWhatWasBuiltIsReusedAndVerified(t *testing.T) {
	b := &Builder{Cache: t.TempDir(), Pins: pins, Progress: func(string, string) {}}
	var missing *MissingError
	_, err := b.Operator("3.5.0")
	require.ErrorAs(t, err, &missing)
	require.ErrorContains(t, err, "operator 3.5.0 is not built (nothing at ")

	p := b.operator(pins.Operators[0])
	require.NoError(t, b.make(t.Context(), p, made("one")))
	never := func(context.Context, Product, string) error { return errors.New("built again") }
	require.NoError(t, b.make(t.Context(), p, never), "what is there is not built again")

	require.NoError(t, os.WriteFile(p.Program, []byte("ano"), 0o755))
	_, err = b.Operator("3.5.0")
	require.ErrorContains(t, err, "elastic-operator is not what was built")
	require.NoError(t, b.make(t.Context(), p, made("two")), "and what was damaged is")
	_, err = b.Operator("3.5.0")
	require.NoError(t, err)
}

func TestAFailedBuildLeavesNothing(t *testing.T) {
	b := &Builder{Cache: t.TempDir(), Pins: pins, Progress: func(string, string) {}}
	err := b.make(t.Context(), b.controlPlane(), func(_ context.Context, p Product, _ string) error {
		require.NoError(t, os.WriteFile(p.Program, []byte("half"), 0o755))
		return errors.New("no space left")
	})
	require.EqualError(t, err, "build control plane 1.36.1: no space left")
	left, err := os.ReadDir(filepath.Join(b.Cache, "eck"))
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestOnlyLinuxRunsWhatIsBuilt(t *testing.T) {
	p := Product{Name: "control plane 1.36.1"}
	require.NoError(t, usable(p, "linux"))
	err := usable(p, "darwin")
	var missing *MissingError
	require.ErrorAs(t, err, &missing, "scenarios with ECK are unsupported, and do not fail")
	require.EqualError(t, err, "control plane 1.36.1 is not built (crosscheck's own Kubernetes takes Linux, "+
		"and this is darwin); name a Kubernetes cluster with ECK by --kubeconfig")
}

func TestOtherPinsAreAnotherFolder(t *testing.T) {
	b := &Builder{Cache: "c", Pins: pins}
	other := *pins
	other.Etcd.Sum = "h1:f"
	require.NotEqual(t, b.controlPlane().Dir, (&Builder{Cache: "c", Pins: &other}).controlPlane().Dir)
}

func TestAGoCommandThatFails(t *testing.T) {
	_, err := goTool(t.Context(), t.TempDir(), nil, "mod", "tidy")
	require.ErrorContains(t, err, "go mod tidy: exit status 1; it says:\ngo: go.mod file not found")
}
