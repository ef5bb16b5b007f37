package credentials

import (
	"fmt"
	"io"
	"os"

	"golang.org/x/term"
)

// AskPassword asks for the password of user on a terminal, without showing what is typed. It reports false where in is
// no terminal: there is nobody to ask.
func AskPassword(in *os.File, out io.Writer, user, of string) (password string, asked bool, err error) {
	if !term.IsTerminal(int(in.Fd())) {
		return "", false, nil
	}
	fmt.Fprintf(out, "password of %s on %s: ", user, of)
	typed, err := term.ReadPassword(int(in.Fd()))
	fmt.Fprintln(out)
	if err != nil {
		return "", true, fmt.Errorf("read the password from the terminal: %w", err)
	}
	return string(typed), true, nil
}
