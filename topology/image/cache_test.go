package image

import (
	"archive/zip"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/crosscheck-dev/crosscheck/topology"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	testOptions = "-Xms1g\n9-:-Xlog:gc*,gc+age=trace,safepoint:file=logs/gc.log:utctime\n" +
		"8:-Xloggc:logs/gc.log\n-XX:+UseG1GC\n"
	testLog4j = `appender.console.type = Console
appender.console.name = console
appender.rolling.type = RollingFile
appender.rolling.name = rolling
appender.rolling.fileName = ${sys:es.logs.base_path}${sys:es.logs\
  .cluster_name}_server.json
appender.rolling.layout.type = ECSJsonLayout
appender.rolling.policies.type = Policies
appender.rolling_old.type = RollingFile
appender.rolling_old.layout.type = PatternLayout
rootLogger.appenderRef.console.ref = console
rootLogger.appenderRef.rolling.ref = rolling
rootLogger.appenderRef.rolling_old.ref = rolling_old
appender.deprecation_rolling.type = RollingFile
appender.deprecation_rolling.layout.type = ECSJsonLayout
appender.deprecation_rolling.filter.rate_limit.type = RateLimitingFilter
appender.header_warning.type = HeaderWarningAppender
logger.deprecation.appenderRef.deprecation_rolling.ref = deprecation_rolling
# a comment that ends in \
logger.deprecation.additivity = false
`
)

// writeZip writes a distribution in miniature and answers its path.
func writeZip(t testing.TB, version string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "served.zip")
	f, err := os.Create(path)
	require.NoError(t, err)
	w := zip.NewWriter(f)
	top := "elasticsearch-" + version + "/"
	for _, entry := range []struct {
		name, text string
		mode       os.FileMode
	}{
		{"", "", os.ModeDir | 0o755}, {"bin/", "", os.ModeDir | 0o755}, {"config/", "", os.ModeDir | 0o755},
		{"bin/elasticsearch", "#!/bin/bash\n", 0o755}, {"bin/elasticsearch.bat", "@echo off\n", 0o644},
		{"config/jvm.options", testOptions, 0o660}, {"config/log4j2.properties", testLog4j, 0o660},
		{"config/elasticsearch.yml", "# theirs\n", 0o660}, {"lib/a.jar", strings.Repeat("jar ", 5000), 0o644},
	} {
		h := &zip.FileHeader{Name: top + entry.name, Method: zip.Deflate}
		h.SetMode(entry.mode)
		ew, err := w.CreateHeader(h)
		require.NoError(t, err)
		_, err = ew.Write([]byte(entry.text))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	require.NoError(t, f.Close())
	return path
}

func truncate(t testing.TB, path string) {
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.NoError(t, os.Truncate(path, info.Size()/2))
}

// flip changes one bit in the middle of the file, where the data of an entry lies.
func flip(t testing.TB, path string) {
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	data[len(data)/2] ^= 1
	require.NoError(t, os.WriteFile(path, data, 0o644))
}

func TestVerifyZip(t *testing.T) {
	path := writeZip(t, "9.3.2")
	assert.NoError(t, verifyZip(path), "a whole zip")
	truncate(t, path)
	assert.ErrorContains(t, verifyZip(path), "truncated or not a zip")

	path = writeZip(t, "9.3.2")
	corruptEntry(t, path)
	assert.ErrorContains(t, verifyZip(path), "is corrupt at elasticsearch-9.3.2/lib/a.jar")
}

// corruptEntry flips a bit of the big entry's data, leaving the zip's directory whole.
func corruptEntry(t testing.TB, path string) {
	z, err := zip.OpenReader(path)
	require.NoError(t, err)
	defer z.Close()
	last := z.File[len(z.File)-1]
	offset, err := last.DataOffset()
	require.NoError(t, err)
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	data[offset+int64(last.CompressedSize64)/2] ^= 1
	require.NoError(t, os.WriteFile(path, data, 0o644))
}

func TestFetch(t *testing.T) {
	const version = "9.3.2"
	tests := []struct {
		name   string
		served func(testing.TB, string) // damages what Maven serves
		cached func(testing.TB, string) // damages what an earlier fetch left
		runs   int                      // of Maven, over all
		err    string
	}{
		{name: "fetched once, then reused", runs: 1},
		{name: "truncated in the cache", cached: truncate, runs: 2},
		{name: "a bit flipped in the cache", cached: flip, runs: 2},
		{name: "its sum lost", cached: func(t testing.TB, path string) { require.NoError(t, os.Remove(path+sumSuffix)) },
			runs: 2},
		{name: "truncated on the way, every time", served: truncate, runs: 2, err: "downloaded twice and removed"},
		{name: "corrupt on the way, every time", served: corruptEntry, runs: 2, err: "is corrupt at"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			served := writeZip(t, version)
			if tt.served != nil {
				tt.served(t, served)
			}
			tools(t, map[string]string{"mvn": mvnScript(served, version)})
			c := cache{t.TempDir(), topology.DefaultTimeouts()}
			recipe, _ := realCatalogue(t).recipe(version)
			fetch := func() error {
				path, err := c.fetch(t.Context(), recipe, func(string, ...any) {})
				if err == nil {
					assert.NoError(t, verifyZip(path), "what fetch answers is whole")
				}
				return err
			}
			err := fetch()
			if tt.err != "" {
				assert.ErrorContains(t, err, tt.err)
				assert.NoFileExists(t, c.zip(version), "a damaged zip does not stay")
			} else {
				require.NoError(t, err)
				if tt.cached != nil {
					tt.cached(t, c.zip(version))
				}
				require.NoError(t, fetch(), "the second fetch")
				assert.Equal(t, []string{version}, c.versions())
			}
			runs, err := os.ReadFile(served + ".runs")
			require.NoError(t, err)
			assert.Equal(t, tt.runs, strings.Count(string(runs), "run"), "runs of Maven")
		})
	}
}

func TestFetchShowsWhatMavenSaid(t *testing.T) {
	tools(t, map[string]string{"mvn": "echo '[ERROR] Connection refused'; exit 1\n"})
	recipe, _ := realCatalogue(t).recipe("9.3.2")
	_, err := cache{t.TempDir(), topology.DefaultTimeouts()}.fetch(t.Context(), recipe, func(string, ...any) {})
	assert.ErrorContains(t, err, "[ERROR] Connection refused")
	assert.NotErrorIs(t, err, errNotPublished)
}

func TestLockContention(t *testing.T) {
	path := filepath.Join(t.TempDir(), "locks", "x")
	unlock, err := Lock(t.Context(), path, nil)
	require.NoError(t, err)

	ctx, cancel := context.WithCancelCause(t.Context())
	stop := assert.AnError
	var who string
	_, err = Lock(ctx, path, func(holder string) { who = holder; cancel(stop) })
	assert.ErrorIs(t, err, stop, "the wait ends with its context")
	assert.ErrorContains(t, err, "process ", "and says who is waited for")
	assert.Contains(t, who, "process ")

	got := make(chan error, 1)
	waits := make(chan string, 1)
	go func() {
		unlock, err := Lock(t.Context(), path, func(holder string) { waits <- holder })
		if err == nil {
			unlock()
		}
		got <- err
	}()
	<-waits
	unlock()
	assert.NoError(t, <-got, "the lock goes to the one that waits")
}

// TestLockOfADeadProcess: a lock ends with the process that held it, however it ended.
func TestLockOfADeadProcess(t *testing.T) {
	if path := os.Getenv("TEST_LOCK"); path != "" {
		if _, err := Lock(t.Context(), path, nil); err != nil {
			t.Fatal(err)
		}
		_, _ = os.Stdout.WriteString("locked\n")
		select {} // until killed
	}
	path := filepath.Join(t.TempDir(), "x")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	child := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestLockOfADeadProcess$")
	child.Env = append(os.Environ(), "TEST_LOCK="+path)
	out, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	_, err = out.Read(make([]byte, 7))
	require.NoError(t, err)
	var who string
	unlock, err := Lock(ctx, path, func(holder string) {
		who = holder
		assert.NoError(t, child.Process.Kill())
	})
	require.NoError(t, err, "the lock is free once its holder was killed")
	unlock()
	assert.Contains(t, who, "process ", "the child held it")
	assert.Error(t, child.Wait(), "it was killed")
}
