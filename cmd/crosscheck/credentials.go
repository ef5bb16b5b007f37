package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/crosscheck-dev/crosscheck/topology/credentials"
	"github.com/crosscheck-dev/crosscheck/topology/existing"
)

// readAuthFile reads a file with credentials, and warns where others may read it too.
func readAuthFile(s *streams, file string) (credentials.Credentials, error) {
	c, err := credentials.ReadFile(file)
	if err != nil {
		return c, usageError{err}
	}
	if info, err := os.Stat(file); err == nil && info.Mode().Perm()&0o077 != 0 {
		fmt.Fprintf(s.err, "crosscheck: warning: others may read %s; chmod 600 %s\n", file, file)
	}
	return c, nil
}

// asking asks for credentials at the terminal; nil where standard input is none: there is nobody to ask.
func asking(s *streams) existing.Ask {
	if !term.IsTerminal(int(os.Stdin.Fd())) {
		return nil
	}
	return prompt{out: s.err, in: bufio.NewReader(os.Stdin), secret: readSecret}.ask
}

// prompt asks for credentials at a terminal.
type prompt struct {
	out    io.Writer
	in     *bufio.Reader
	secret func() (string, error) // reads without showing it
}

func (p prompt) ask(role string, have credentials.Credentials) (credentials.Credentials, error) {
	if have.User == "" {
		fmt.Fprintf(p.out, "user of the %s cluster: ", role)
		line, err := p.in.ReadString('\n')
		if have.User = strings.TrimSpace(line); have.User == "" {
			return have, usageError{errors.Join(fmt.Errorf("no user of the %s cluster was given", role), ignoreEOF(err))}
		}
	}
	fmt.Fprintf(p.out, "password of %s on the %s cluster: ", have.User, role)
	password, err := p.secret()
	fmt.Fprintln(p.out)
	if err != nil {
		return have, fmt.Errorf("read the password: %w", err)
	}
	have.Password = password
	return have, nil
}

func ignoreEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

func readSecret() (string, error) {
	password, err := term.ReadPassword(int(os.Stdin.Fd()))
	return string(password), err
}
