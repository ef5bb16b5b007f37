package reports

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// whole is a run of a plan, and its parts as count shards would have written them, dealt out in turn.
func whole(count int) (*Result, []Part) {
	all := sample()
	all.Shard, all.Merged = nil, nil
	var plan []string
	for _, s := range all.Scenarios {
		plan = append(plan, s.ID)
	}
	var parts []Part
	for i := range count {
		r := sample()
		r.RunID, r.Merged, r.Shard = "run-"+string(rune('a'+i)), nil,
			&Shard{Index: i + 1, Count: count, Plan: slices.Clone(plan)}
		r.Started = r.Started.Add(time.Duration(i) * time.Minute)
		r.Finished = r.Finished.Add(time.Duration(i) * time.Minute)
		r.Scenarios = nil
		for j, s := range all.Scenarios {
			if j%count == i {
				r.Scenarios = append(r.Scenarios, s)
			}
		}
		Summarize(r, "")
		parts = append(parts, Part{Path: r.RunID + ".json", Result: r})
	}
	return all, parts
}

func TestMergedEqualsUnsharded(t *testing.T) {
	for _, count := range []int{1, 2, 3, 6} {
		want, parts := whole(count)
		slices.Reverse(parts)
		got, err := Merge("merged", parts)
		require.NoError(t, err)
		require.Len(t, got.Merged, count)
		for i, m := range got.Merged {
			assert.Equal(t, i+1, m.Index, "the parts stand in their order, whatever the order of the files")
		}
		require.Len(t, got.Clusters, count)
		assert.Equal(t, "remote-1 of part 1", got.Clusters[0].Name)
		assert.Equal(t, want.Finished.Add(time.Duration(count-1)*time.Minute), got.Finished)
		assert.Equal(t, 90+60*float64(count-1), got.Seconds, "from the first start to the last end")
		got.Clusters, got.RunID, got.Merged, got.Finished, got.Seconds, got.Command.Line = want.Clusters, want.RunID, nil,
			want.Finished, want.Seconds, want.Command.Line
		assert.Empty(t, cmp.Diff(want, got), "%d parts joined (+) are not the whole (-)", count)
	}
}

func TestMergeRefuses(t *testing.T) {
	scenario := func(i int, id string) func([]Part) []Part {
		return func(p []Part) []Part { p[i].Result.Scenarios[0].ID = id; return p }
	}
	first := sample().Scenarios[0].ID
	for name, c := range map[string]struct {
		spoil func([]Part) []Part
		want  string
	}{
		"no parts": {func([]Part) []Part { return nil }, "there are none; name the result.json of every part"},
		"a part too few": {func(p []Part) []Part { return p[:2] },
			"part 3/3 is missing; name the result.json of every part"},
		"only the last": {func(p []Part) []Part { return p[2:] }, "part 1/3, 2/3 is missing"},
		"a part twice": {func(p []Part) []Part { return append(p, p[1]) },
			"run-b.json: is part 2 of 3, and so is run-b.json; name one of them"},
		"a whole run": {func(p []Part) []Part { p[1].Result.Shard = nil; return p },
			"run-b.json: is no part of a plan, it was run without --shard"},
		"another version": {func(p []Part) []Part { p[2].Result.ToolVersion = "9"; return p },
			"run-c.json: the version of crosscheck is 9, and 0.3.0 in run-a.json"},
		"another count": {func(p []Part) []Part { p[2].Result.Shard.Count = 4; return p },
			"run-c.json: the number of parts is 4, and 3 in run-a.json"},
		"other pairs": {func(p []Part) []Part { p[1].Result.Pairs[0].Remote = "9.0.0"; return p },
			"run-b.json: the list of pairs is [9.3.2 -> 9.0.0], and [9.3.2 -> 8.19.4] in run-a.json"},
		"other tags": {func(p []Part) []Part { p[1].Result.Command.Tags = "@x"; return p },
			`run-b.json: the selection is profile "default", features ["features/api_key"], tags "@x"`},
		"another plan": {func(p []Part) []Part { p[1].Result.Shard.Plan[1] = "z"; return p },
			`run-b.json: the plan is "z" as number 2 of 6`},
		"a longer plan": {func(p []Part) []Part { p[1].Result.Shard.Plan = append(p[1].Result.Shard.Plan, "z"); return p },
			`the plan is "z" as number 7 of 7, and at its end after 6 scenarios in run-a.json`},
		"another build": {func(p []Part) []Part { p[1].Result.Clusters[0].BuildHash = "other"; return p },
			"run-b.json: Elasticsearch 8.19.4 is build other there and abcdef0 in an earlier part"},
		"what is not in it": {scenario(1, "stranger"), `run-b.json: scenario "stranger" is not in the plan`},
		"one twice":         {scenario(1, first), `run-b.json: scenario "` + first + `" is in run-a.json too`},
		"one too few": {func(p []Part) []Part { p[0].Result.Scenarios = p[0].Result.Scenarios[1:]; return p },
			"no part holds " + first + "; run all parts with the same --costs, images and features"},
	} {
		t.Run(name, func(t *testing.T) {
			_, parts := whole(3)
			_, err := Merge("merged", c.spoil(parts))
			require.ErrorIs(t, err, ErrParts)
			require.ErrorContains(t, err, "these results cannot be joined: ")
			require.ErrorContains(t, err, c.want)
		})
	}
}

func TestCopiedEvidence(t *testing.T) {
	from := newStore(t, nil)
	r := sample()
	id := r.Scenarios[1].ID
	require.NoError(t, from.WriteEvidence(id, "local.log", []byte("it says why")))
	var err error
	r.Scenarios[1].Evidence, err = from.Evidence(id)
	require.NoError(t, err)
	require.NoError(t, from.WriteEvidence(id+" attempt 2", "remote.log", []byte("Authorization: ApiKey abc")))
	to := newStore(t, nil)
	require.NoError(t, to.CopyEvidence(from.Dir(), r))
	for name, want := range map[string]string{"api_key-connect-27-9.3.2-8.19.4/local.log": "it says why",
		"api_key-connect-27-9.3.2-8.19.4-attempt-2/remote.log": "Authorization: [redacted]"} {
		data, err := os.ReadFile(filepath.Join(to.Dir(), "evidence", name))
		require.NoError(t, err)
		assert.Equal(t, want, string(data))
	}
	require.ErrorContains(t, to.CopyEvidence(from.Dir(), r), "is there in two parts")
	for _, outside := range []string{"/etc", "../x", "evidence/../../x", "elsewhere"} {
		r.Scenarios[1].Evidence = outside
		require.ErrorContains(t, newStore(t, nil).CopyEvidence(from.Dir(), r), "not in the run's folder", outside)
	}
	require.NoError(t, newStore(t, nil).CopyEvidence(t.TempDir(), sample()), "a run without evidence has no folder of it")
}
