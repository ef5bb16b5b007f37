package docker

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"
)

const balancerRepository = "crosscheck/balancer"

// BalancerImage makes sure of the load balancer's image: nothing but its static binary. It is tagged by the binary's
// hash and reused. Images of other binaries go when they are older than a day and no container uses them: a younger one
// may be another run's, which is about to start its first container.
func (e *Engine) BalancerImage(ctx context.Context, binary []byte) (string, error) {
	sum := sha256.Sum256(binary)
	ref := balancerRepository + ":" + hex.EncodeToString(sum[:6])
	if _, found, err := e.FindImage(ctx, ref); err != nil || found {
		return ref, err
	}
	files, err := balancerContext(binary)
	if err != nil {
		return "", fmt.Errorf("pack the load balancer's image: %w", err)
	}
	if err := e.BuildImage(ctx, ref, map[string]string{LabelRole: "balancer"}, files, nil); err != nil {
		return "", err
	}
	images, err := e.Images(ctx, "balancer")
	if err != nil {
		return "", err
	}
	for _, old := range images {
		if slices.Contains(old.Tags, ref) || time.Since(old.Created) < 24*time.Hour {
			continue
		}
		if err := e.RemoveImage(ctx, old.ID); err != nil {
			e.log.Debug("an older load balancer's image stays", "image", old.ID, "reason", err)
		}
	}
	return ref, nil
}

func balancerContext(binary []byte) (*bytes.Buffer, error) {
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	for _, f := range []struct {
		name    string
		content []byte
	}{
		{"Dockerfile", []byte("FROM scratch\nCOPY balancer /balancer\nENTRYPOINT [\"/balancer\"]\n")},
		{"balancer", binary},
	} {
		if err := w.WriteHeader(&tar.Header{Name: f.name, Mode: 0o755, Size: int64(len(f.content))}); err != nil {
			return nil, err
		}
		if _, err := w.Write(f.content); err != nil {
			return nil, err
		}
	}
	return &buf, w.Close()
}
