package words

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestSecondsRead(t *testing.T) {
	for seconds, want := range map[float64]string{0: "0 s", 0.04: "0 s", 0.44: "0.4 s", 11.84: "11.8 s", 30: "30 s",
		59.96: "1m 0s", 72: "1m 12s", 3700: "1h 1m", -1: "0 s"} {
		assert.Equal(t, want, Seconds(seconds))
	}
}

func TestCountReads(t *testing.T) {
	for n, want := range map[int]string{0: "0 reads", 1: "1 read", 9: "9 reads"} {
		assert.Equal(t, want, Count(n, "read"))
	}
}

func TestClip(t *testing.T) {
	for text, want := range map[string]string{"": "", "four": "four", "fünf!": "fün…"} {
		assert.Equal(t, want, Clip(text, 4))
	}
}
