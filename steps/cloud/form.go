package cloud

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
)

// form is what somebody typed into a form, by the names of its fields.
type form map[string]string

// readForm reads a table of two columns, field and value. A field that the form does not have is an error.
func (c *Cloud) readForm(ctx context.Context, table gherkin.Table, fields ...string) (form, error) {
	typed := form{}
	for _, row := range table {
		if len(row) != 2 || !slices.Contains(fields, row[0]) {
			return nil, fmt.Errorf("the form has the fields %s, and not %q", strings.Join(fields, ", "), row)
		}
		value, err := c.Expand(ctx, row[1])
		if err != nil {
			return nil, err
		}
		typed[row[0]] = value
	}
	return typed, nil
}

// first is the value of the first of the named fields that was filled in. Guides name a field differently by version.
func (f form) first(fields ...string) (string, error) {
	for _, name := range fields {
		if value, ok := f[name]; ok {
			return value, nil
		}
	}
	return "", fmt.Errorf("the form lacks %s", strings.Join(fields, " or "))
}
