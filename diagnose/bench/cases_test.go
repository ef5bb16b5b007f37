package bench

import (
	"fmt"
	"os"
	"path/filepath"
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

func TestCases(t *testing.T) {
	e := engine(t)
	for _, name := range []string{"given.yaml", "reports.yaml"} {
		cases := loadCases(t, name)
		first, wrong := 0, 0
		for _, c := range cases {
			r := ranked(t, e, c)
			verdict := "right"
			switch {
			case r.Place == 1:
				first++
			case r.Named:
				verdict = "WRONG"
				wrong++
			default:
				verdict = "missed"
			}
			if verdict != "right" || !r.Named {
				t.Log(fmt.Sprintf("%-7s %-40s want %-45s got %-45s place %d alike %d conf %.2f", verdict, c.ID, c.Cause, r.First, r.Place, r.Alike, r.Confidence))
			}
		}
		t.Logf("%s: %d of %d first, %d wrong", name, first, len(cases), wrong)
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
