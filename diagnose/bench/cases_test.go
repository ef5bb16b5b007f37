package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/diagnose"
	"github.com/crosscheck-dev/crosscheck/fixtures/catalogue"
)

func loadCases(t *testing.T, name string) []Case {
	t.Helper()
	path := filepath.Join("..", "testdata", "cases", name)
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	cases, err := LoadCases(path, data)
	require.NoError(t, err)
	return cases
}

func engine(t *testing.T) *diagnose.Engine {
	t.Helper()
	c, err := catalogue.Default()
	require.NoError(t, err)
	return diagnose.New(c)
}

func ranked(t *testing.T, e *diagnose.Engine, c Case) Rank {
	t.Helper()
	in, err := c.Input()
	require.NoError(t, err)
	d, err := e.Diagnose(in, c.Hints())
	require.NoError(t, err)
	return Of(d, c.Right()...)
}

// The bounds are what is reached; a change may raise them, and does not lose cases. A failure lists every case whose
// cause does not come first, or comes first and is not named; -v shows the list in any case.
func TestCases(t *testing.T) {
	e := engine(t)
	for name, want := range map[string]struct{ first, wrong int }{
		"given.yaml":   {first: 19, wrong: 0},
		"reports.yaml": {first: 99, wrong: 0},
	} {
		t.Run(name, func(t *testing.T) {
			first, wrong := 0, 0
			var amiss []string
			for _, c := range loadCases(t, name) {
				r := ranked(t, e, c)
				verdict := "not named"
				switch {
				case r.Place == 1:
					first++
				case r.Named:
					verdict = "WRONG"
					wrong++
				default:
					verdict = "missed"
				}
				if r.Place != 1 || !r.Named {
					amiss = append(amiss, fmt.Sprintf("%-9s %s: want %s, got %s, conf %.2f, the right one in place %d, %d alike",
						verdict, c.ID, c.Cause, r.First, r.Confidence, r.Place, r.Alike))
				}
			}
			list := strings.Join(amiss, "\n")
			t.Logf("%d first, %d with another cause named\n%s", first, wrong, list)
			require.GreaterOrEqual(t, first, want.first, "the right cause comes first less often than it did:\n%s", list)
			require.LessOrEqual(t, wrong, want.wrong, "another cause is named more often than before:\n%s", list)
		})
	}
}

func TestNoCauseIsNamedOfWhatWorks(t *testing.T) {
	e := engine(t)
	for _, c := range loadCases(t, "healthy.yaml") {
		require.True(t, c.Sound(), c.ID)
		r := ranked(t, e, c)
		if r.Named {
			t.Errorf("%s: %s is named with confidence %.2f, and the case is %s: %s", c.ID, r.First, r.Confidence, c.Cause, c.Why)
		}
	}
}
