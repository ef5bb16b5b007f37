package docker

import (
	"fmt"
	"strings"
)

// SettingError is a setting that cannot be used: an environment variable, or a line of one of the user's files.
type SettingError struct {
	File    string // the file that holds the setting; empty for an environment variable
	Line    int    // of File, counted from 1; 0 where it is not known
	Name    string // of the variable or the key; empty where the file as a whole is at fault
	Value   string
	Problem string
	Remedy  string
}

func (e *SettingError) Error() string {
	var b strings.Builder
	if e.File != "" {
		b.WriteString(e.File)
		if e.Line > 0 {
			fmt.Fprintf(&b, ":%d", e.Line)
		}
		b.WriteString(": ")
	}
	if e.Name != "" {
		fmt.Fprintf(&b, "%s=%s: ", e.Name, e.Value)
	}
	fmt.Fprintf(&b, "%s; %s", e.Problem, e.Remedy)
	return b.String()
}
