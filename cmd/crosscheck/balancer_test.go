package main

import (
	"bytes"
	"debug/elf"
	encoding "encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"
)

// elfProgram is the head of a program for Linux on arm64 with one segment of that kind.
func elfProgram(t *testing.T, segment elf.ProgType) []byte {
	t.Helper()
	header := elf.Header64{
		Ident: [elf.EI_NIDENT]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)},
		Type:  uint16(elf.ET_EXEC), Machine: uint16(elf.EM_AARCH64), Version: uint32(elf.EV_CURRENT),
		Phoff: 64, Ehsize: 64, Phentsize: 56, Phnum: 1,
	}
	var program bytes.Buffer
	require.NoError(t, encoding.Write(&program, encoding.LittleEndian, header))
	require.NoError(t, encoding.Write(&program, encoding.LittleEndian, elf.Prog64{Type: uint32(segment)}))
	return program.Bytes()
}

func TestTheBalancerRunsInAContainer(t *testing.T) {
	for name, c := range map[string]struct {
		program []byte
		want    string
	}{
		"static, for Linux":   {elfProgram(t, elf.PT_LOAD), ""},
		"with a linker":       {elfProgram(t, elf.PT_INTERP), "needs libraries that its image does not have"},
		"for macOS (Mach-O)":  {[]byte{0xcf, 0xfa, 0xed, 0xfe, 0x0c, 0, 0, 1}, "not made for Linux"},
		"an empty file":       {nil, "not made for Linux"},
		"a script of a shell": {[]byte("#!/bin/sh\n"), "not made for Linux"},
	} {
		t.Run(name, func(t *testing.T) {
			err := runsInContainer(c.program)
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.want)
		})
	}
}
