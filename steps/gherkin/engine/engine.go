// Package engine runs feature files with godog, without output and without what godog does to the process around it.
package engine

import (
	"context"
	"fmt"
	"io"

	"github.com/cucumber/godog"

	"github.com/crosscheck-dev/crosscheck/steps/gherkin/engine/nogo"
)

func init() { nogo.Restore() }

// unreadable is godog's exit code for a feature file or options that it cannot use.
const unreadable = 2

// Run carries out all scenarios of one feature file, one after the other, in the calling goroutine. initialize
// registers the steps and hooks of each scenario. Steps and hooks get a context that is derived from ctx.
//
// The error says that godog could not read the file or that a hook panicked; what became of the steps is known to the
// hooks alone. godog calls no hook for a scenario without steps and succeeds on a file without scenarios, so callers
// compare the steps that their hooks saw with the steps that they expect.
func Run(ctx context.Context, name string, content []byte, initialize func(*godog.ScenarioContext)) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%s: godog or a hook panicked: %v", name, p)
		}
	}()
	suite := godog.TestSuite{
		Name:                name,
		ScenarioInitializer: initialize,
		Options: &godog.Options{
			FeatureContents: []godog.Feature{{Name: name, Contents: content}},
			Format:          silentFormat,
			Output:          io.Discard,
			NoColors:        true,
			Strict:          true,
			Concurrency:     1,
			DefaultContext:  ctx,
		},
	}
	if suite.Run() == unreadable {
		return fmt.Errorf("%s: godog could not read this feature file", name)
	}
	return nil
}
