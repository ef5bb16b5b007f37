package preflight

import (
	"math"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSampleOfProc(t *testing.T) {
	free, err := parseMemAvailable([]byte(sample(t, "proc/meminfo")))
	require.NoError(t, err)
	assert.Equal(t, uint64(21532672*1024), free)

	limit, err := parseHardFileLimit([]byte(sample(t, "proc/limits")))
	require.NoError(t, err)
	assert.Equal(t, uint64(20000), limit, "the hard limit, not the soft one")
}

func TestThisMachinesProc(t *testing.T) {
	if _, err := os.Stat("/proc/meminfo"); err != nil {
		t.Skipf("this machine has no /proc: %v", err)
	}
	m := thisMachine()
	free, err := m.memAvailable()
	require.NoError(t, err)
	assert.Positive(t, free)
	limit, err := m.fileLimit("/proc/self/limits")
	require.NoError(t, err)
	assert.Positive(t, limit)
}

func TestParseMemAvailable(t *testing.T) {
	for name, text := range map[string]string{
		"empty":           "",
		"another kernel":  "MemTotal: 1 kB\nMemFree: 1 kB\n",
		"not a number":    "MemAvailable: lots kB\n",
		"negative":        "MemAvailable: -5 kB\n",
		"beyond 64 bits":  "MemAvailable: 18446744073709551615 kB\n",
		"nothing after :": "MemAvailable:\n",
	} {
		t.Run(name, func(t *testing.T) {
			n, err := parseMemAvailable([]byte(text))
			assert.ErrorContains(t, err, "/proc/meminfo", "got %d", n)
		})
	}
}

func TestParseHardFileLimit(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       uint64
		err        string
	}{
		{"unlimited", "Max open files   1024   unlimited   files\n", math.MaxUint64, ""},
		{"number", "Max processes 1 2 p\nMax open files 1024 524288 files\n", 524288, ""},
		{"no such line", "Max processes 1 2 p\n", 0, "no line for open files"},
		{"cut off", "Max open files 1024", 0, "no hard limit"},
		{"not a number", "Max open files 1024 many files", 0, "not a number"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := parseHardFileLimit([]byte(c.text))
			if c.err != "" {
				assert.ErrorContains(t, err, c.err)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, c.want, got)
		})
	}
}

func TestIsDebian(t *testing.T) {
	for file, want := range map[string]bool{"os-release-debian": true, "os-release-mint": true,
		"os-release-fedora": false} {
		assert.Equal(t, want, isDebian([]byte(sample(t, file))), file)
	}
	assert.False(t, isDebian(nil))
}

func TestAtLeastAPI(t *testing.T) {
	for _, c := range []struct {
		have string
		want bool
		err  bool
	}{
		{"1.41", true, false}, {"1.40", false, false}, {"1.100", true, false}, {"1.9", false, false},
		{"2.0", true, false}, {"0.99", false, false}, {"", false, true}, {"1", false, true}, {"1.x", false, true}, {"-1.41",
			false, true},
	} {
		got, err := atLeastAPI(c.have, MinAPI)
		assert.Equal(t, c.want, got, "API %q", c.have)
		assert.Equal(t, c.err, err != nil, "API %q: error %v", c.have, err)
	}
}

func TestSize(t *testing.T) {
	for n, want := range map[uint64]string{0: "0 GB", 8 * gb: "8 GB", 750_000_000: "0.8 GB", 21_500_000_000: "22 GB"} {
		assert.Equal(t, want, size(n))
	}
}

func TestTail(t *testing.T) {
	assert.Equal(t, "b\nc", tail("a\n\nb\r\nc\n\n", 2))
	assert.Empty(t, tail("\n\n", 3))
}

func FuzzParseMemAvailable(f *testing.F) {
	f.Add([]byte("MemAvailable:   21532672 kB\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if n, err := parseMemAvailable(text); err != nil && n != 0 {
			t.Errorf("an error (%v) came with the value %d", err, n)
		}
	})
}

func FuzzParseHardFileLimit(f *testing.F) {
	f.Add([]byte("Max open files            20000                20000                files\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if n, err := parseHardFileLimit(text); err != nil && n != 0 {
			t.Errorf("an error (%v) came with the value %d", err, n)
		}
	})
}

func FuzzParseOSRelease(f *testing.F) {
	f.Add([]byte("ID=ubuntu\nID_LIKE=\"debian\"\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		fields := parseOSRelease(text)
		if isDebian(text) && fields["ID"] == "" && fields["ID_LIKE"] == "" {
			t.Errorf("called Debian without an ID: %q", text)
		}
	})
}

func FuzzParseAPI(f *testing.F) {
	f.Add("1.41")
	f.Fuzz(func(t *testing.T, version string) {
		if v, err := parseAPI(version); err != nil && v != [2]uint64{} {
			t.Errorf("an error (%v) came with the version %v", err, v)
		}
	})
}
