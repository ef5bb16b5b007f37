package build

import (
	_ "embed" // the program of the control plane
	"fmt"
	"strings"

	"github.com/crosscheck-dev/crosscheck/fixtures/facts"

	"golang.org/x/mod/modfile"
)

// controlPlaneProgram is the main package of the control plane. It is no Go file here: its modules are not
// crosscheck's.
//
//go:embed controlplane.go.txt
var controlPlaneProgram []byte

const kubernetesModule = "k8s.io/kubernetes"

// controlPlaneModule writes the go.mod around that program. Kubernetes takes a part of its own packages from folders
// of its repository; every one of them is also published, under the same number with 0 in front, and that is put in
// its place.
func controlPlaneModule(pins *facts.ECK, kubernetesMod []byte) ([]byte, error) {
	upstream, err := modfile.Parse(kubernetesModule+"/go.mod", kubernetesMod, nil)
	if err != nil {
		return nil, fmt.Errorf("read the go.mod of Kubernetes: %w", err)
	}
	_, rest, ok := strings.Cut(pins.Kubernetes.Version, ".")
	if !ok || upstream.Go == nil {
		return nil, fmt.Errorf("the go.mod of Kubernetes %s is not as expected", pins.Kubernetes.Version)
	}
	published := "v0." + rest
	var mod modfile.File
	add := func(err error) error {
		if err != nil {
			return fmt.Errorf("write the go.mod of the control plane: %w", err)
		}
		return nil
	}
	if err := add(mod.AddModuleStmt("controlplane")); err != nil {
		return nil, err
	}
	if err := add(mod.AddGoStmt(upstream.Go.Version)); err != nil {
		return nil, err
	}
	for _, need := range [][2]string{
		{kubernetesModule, "v" + pins.Kubernetes.Version}, {"go.etcd.io/etcd/server/v3", "v" + pins.Etcd.Version},
		{"k8s.io/component-base", published}, {"k8s.io/kubectl", published},
	} {
		if err := add(mod.AddRequire(need[0], need[1])); err != nil {
			return nil, err
		}
	}
	staged := 0
	for _, r := range upstream.Replace {
		if !strings.HasPrefix(r.New.Path, "./staging/") {
			continue
		}
		staged++
		if err := add(mod.AddReplace(r.Old.Path, "", r.Old.Path, published)); err != nil {
			return nil, err
		}
	}
	if staged == 0 {
		return nil, fmt.Errorf("the go.mod of Kubernetes %s names no package of its own repository", pins.Kubernetes.Version)
	}
	return mod.Format()
}
