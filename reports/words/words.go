// Package words writes numbers and titles as people read them.
package words

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Seconds reads "0.4 s", "30 s" or, from a minute on, "1m 12s".
func Seconds(s float64) string {
	if math.IsNaN(s) || s < 0 {
		s = 0
	}
	if rounded := math.Round(s*10) / 10; rounded < 60 {
		return strconv.FormatFloat(rounded, 'f', -1, 64) + " s"
	}
	d := time.Duration(math.Round(math.Min(s, math.MaxInt32))) * time.Second
	if d >= time.Hour {
		return fmt.Sprintf("%dh %dm", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%dm %ds", int(d.Minutes()), int(d.Seconds())%60)
}

// Clip returns text, or its beginning and "…" when it has more than width characters.
func Clip(text string, width int) string {
	if r := []rune(text); len(r) > width {
		return string(r[:width-1]) + "…"
	}
	return text
}

// Count reads "1 read", "9 reads".
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// Named reads "namespace a", "namespaces a, b".
func Named(noun string, names []string) string {
	if len(names) != 1 {
		noun += "s"
	}
	return noun + " " + strings.Join(names, ", ")
}
