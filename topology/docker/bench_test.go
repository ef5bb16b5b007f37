package docker

import (
	"fmt"
	"testing"
)

// BenchmarkStart starts and removes a container on a network of its own run.
func BenchmarkStart(b *testing.B) {
	e, image := engine(b, "base")
	network, err := e.Network(b.Context(), "local", false)
	if err != nil {
		b.Fatal(err)
	}
	n := 0
	for b.Loop() {
		n++
		c, err := e.Start(b.Context(), ContainerSpec{Name: fmt.Sprintf("crosscheck-%s-%d", e.Run(), n), Image: image,
			Role: "local",
			Cmd:  []string{"sleep", "300"}, Ports: []uint16{9200}, Networks: []Attachment{{Network: network,
				Aliases: []string{"a.test"}}},
			Files: []File{{Path: "/tmp/file", Content: []byte("x"), Mode: 0o600}}})
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		if err := c.Remove(b.Context()); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}
