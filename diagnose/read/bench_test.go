package read

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/diagnose/evidence"
)

// generator is a log of n bytes that is made while it is read. It also watches the heap.
type generator struct {
	n, records int
	rest       bytes.Buffer
	record     func(i int) string
	peak       uint64 // bytes of the heap in use, at most
	sampled    int
}

func (g *generator) Read(p []byte) (int, error) {
	if g.n <= 0 {
		return 0, io.EOF
	}
	for g.rest.Len() < len(p) {
		g.rest.WriteString(g.record(g.records))
		g.records++
	}
	n, _ := g.rest.Read(p)
	g.n -= n
	if g.sampled += n; g.sampled > 4<<20 {
		g.sampled = 0
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		g.peak = max(g.peak, m.HeapInuse+m.StackInuse)
	}
	return n, nil
}

// everyDay is a log of which most records do not matter, some warn, and some are of a remote cluster.
func everyDay(i int) string {
	at := fmt.Sprintf("[2026-01-01T%02d:%02d:%02d,%03d]", i/3600000%24, i/60000%60, i/1000%60, i%1000)
	switch {
	case i%50 == 0:
		return at + strings.TrimPrefix(refused, "[2026-01-01T00:00:05,000]")
	case i%20 == 0:
		return at + fmt.Sprintf("[WARN ][o.e.m.f.FsHealthService  ] [n1] health check of [/data/%d] took [%dms]\n", i, i%9999)
	}
	return at + fmt.Sprintf("[INFO ][o.e.c.m.MetadataCreateIndexService] [n1] [logs-%d] creating index, cause [api], shards [1]/[1]\n", i)
}

func everyDayJSON(i int) string {
	level, message := "INFO", fmt.Sprintf("[logs-%d] creating index, cause [api], templates [], shards [1]/[1]", i)
	if i%50 == 0 {
		level, message = "WARN", fmt.Sprintf("failed to connect to remote cluster [b] after %d", i)
	}
	return fmt.Sprintf(`{"@timestamp":"2026-01-01T00:00:00.%03dZ", "log.level": "%s", "message":"%s", "ecs.version": "1.2.0",`+
		`"service.name":"ES_ECS","event.dataset":"elasticsearch.server","process.thread.name":"elasticsearch[n1][masterService]",`+
		`"log.logger":"org.elasticsearch.cluster.X","elasticsearch.node.name":"n1","elasticsearch.cluster.name":"one"}`+"\n", i%1000, level, message)
}

// allDifferent is the worst of logs: each record warns, of a remote cluster, and of something new.
func allDifferent(i int) string {
	return fmt.Sprintf("[2026-01-01T00:00:00,000][WARN ][o.e.t.R] [n1] remote cluster %c%c%c [b%d] says %s\n",
		'a'+i%26, 'a'+i/26%26, 'a'+i/676%26, i, strings.Repeat("x", i%997))
}

func BenchmarkRead(b *testing.B) {
	size := 100 << 20
	if testing.Short() {
		size = 4 << 20
	}
	for _, c := range []struct {
		name   string
		record func(int) string
		prefix string
	}{
		{"plain", everyDay, ""}, {"json", everyDayJSON, ""}, {"compose", everyDay, "es01-1  | "}, {"different", allDifferent, ""},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(size))
			b.ReportAllocs()
			var peak uint64
			for b.Loop() {
				g := &generator{n: size, record: func(i int) string {
					if c.prefix == "" {
						return c.record(i)
					}
					return prefixed(c.record(i), func(line string) string { return c.prefix + line })
				}}
				in, err := Read("es.log", g, evidence.Unknown)
				require.NoError(b, err)
				require.NotEmpty(b, in.Pieces)
				peak = max(peak, g.peak)
			}
			b.ReportMetric(float64(peak)/(1<<20), "peak-MB")
		})
	}
}

// TestWhatIsKeptIsBounded reads more than is kept, of text that is no log. BenchmarkRead measures the heap.
func TestWhatIsKeptIsBounded(t *testing.T) {
	t.Parallel()
	for name, record := range map[string]func(int) string{
		"one body":     func(i int) string { return fmt.Sprintf(`{"remote cluster %d":{`, i) + "\n" },
		"one sentence": func(i int) string { return fmt.Sprintf("the remote cluster %d is gone\n", i) },
		"containers":   func(i int) string { return fmt.Sprintf("c%d  | remote cluster\n", i) },
		"records": func(i int) string {
			return fmt.Sprintf("[2026-01-01T00:00:00,000][WARN ][o.e.t.R] [n1] remote cluster %c%c%c\n",
				'a'+i%26, 'a'+i/26%26, 'a'+i/676%26)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in, err := Read("es.log", &generator{n: 4 * maxPieces * 20, record: record}, evidence.Unknown)
			require.NoError(t, err)
			require.LessOrEqual(t, len(in.Pieces), maxPieces)
			kept := 0
			for _, p := range in.Pieces {
				for _, text := range p.Texts {
					kept += len(text)
				}
			}
			require.LessOrEqual(t, kept, maxKept)
		})
	}
}
