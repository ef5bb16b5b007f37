package credentials

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"strings"

	"github.com/crosscheck-dev/crosscheck/fixtures/strict"
)

// maxFile is more bytes than any file with credentials has.
const maxFile = 64 << 10

// ReadFile reads a file with one "NAME: VALUE" a line: user and password, or api_key, and ca. Empty lines and lines
// that begin with # are skipped, and quotes around a value are left out.
func ReadFile(file string) (Credentials, error) {
	data, err := read(file)
	if err != nil {
		return Credentials{}, err
	}
	return parse(file, data)
}

// ReadSecret reads a file that holds one secret and nothing else, such as a password. Line ends at its end are left
// out.
func ReadSecret(file string) (string, error) {
	data, err := read(file)
	if err != nil {
		return "", err
	}
	secret := strings.TrimRight(strings.TrimPrefix(string(data), "\ufeff"), "\r\n")
	switch {
	case secret == "":
		return "", fmt.Errorf("%s is empty; it is to hold the secret alone", file)
	case strings.ContainsAny(secret, "\r\n"):
		return "", fmt.Errorf("%s has several lines; it is to hold the secret alone", file)
	}
	return secret, nil
}

func read(file string) ([]byte, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, fmt.Errorf("read credentials: %w", err)
	}
	if info.Size() > maxFile {
		return nil, fmt.Errorf("%s has %d bytes, and is no file with credentials", file, info.Size())
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read credentials: %w", err)
	}
	return data, nil
}

func parse(file string, data []byte) (Credentials, error) {
	var c Credentials
	fields, seen := c.named(), map[string]bool{}
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, maxFile+1)
	for number := 1; lines.Scan(); number++ {
		line := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff"))
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		name = strings.TrimSpace(name)
		field := fields[name]
		switch {
		case !ok:
			return Credentials{}, fmt.Errorf("%s:%d: a line reads NAME: VALUE, with one of the names %s", file, number,
				strings.Join(names, ", "))
		case field == nil:
			return Credentials{}, fmt.Errorf("%s:%d: unknown name; did you mean %q? (%s)", file, number,
				strict.Nearest(name, names), strings.Join(names, ", "))
		case seen[name]:
			return Credentials{}, fmt.Errorf("%s:%d: %s stands twice", file, number, name)
		}
		seen[name] = true
		*field = unquoted(strings.TrimSpace(value))
	}
	if err := lines.Err(); err != nil {
		return Credentials{}, fmt.Errorf("read %s: %w", file, err)
	}
	return c, nil
}

// unquoted leaves out the same quote at both ends.
func unquoted(value string) string {
	for _, quote := range []string{`"`, `'`} {
		if len(value) >= 2 && strings.HasPrefix(value, quote) && strings.HasSuffix(value, quote) {
			return value[1 : len(value)-1]
		}
	}
	return value
}
