package main

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// balancerBinary reads the load balancer's program, which `make build` puts beside this one. It runs in a container, so
// it is a program for Linux on every machine.
func balancerBinary() ([]byte, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	path := filepath.Join(filepath.Dir(self), "balancer")
	binary, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the load balancer's program: %w; run `make build`, which puts it beside crosscheck", err)
	}
	if err := runsInContainer(binary); err != nil {
		return nil, fmt.Errorf("%s: %w; build it with GOOS=linux CGO_ENABLED=0 go build -o %[1]s ./cmd/balancer", path, err)
	}
	return binary, nil
}

// runsInContainer is an error unless the program is one for Linux that needs no library: its image holds nothing else.
func runsInContainer(program []byte) error {
	file, err := elf.NewFile(bytes.NewReader(program))
	if err != nil {
		return errors.New("the load balancer's program is not made for Linux, so no container can run it")
	}
	for _, p := range file.Progs {
		if p.Type == elf.PT_INTERP {
			return errors.New("the load balancer's program needs libraries that its image does not have")
		}
	}
	return nil
}
