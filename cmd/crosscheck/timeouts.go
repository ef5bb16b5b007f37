package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/crosscheck-dev/crosscheck/topology"
)

// parseTimeouts reads "2x", or "connect=90s,log=1m", or both with a comma.
func parseTimeouts(spec string) (topology.Timeouts, error) {
	timeouts := topology.DefaultTimeouts()
	for part := range strings.SplitSeq(spec, ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		if factor, ok := strings.CutSuffix(part, "x"); ok {
			f, err := strconv.ParseFloat(factor, 64)
			if err != nil || f <= 0 || f > 100 {
				return timeouts, fmt.Errorf("--timeouts %s: a factor is a number up to 100 and an x, such as 2x", part)
			}
			timeouts.Scale(f)
			continue
		}
		name, value, ok := strings.Cut(part, "=")
		d, err := time.ParseDuration(value)
		if !ok || err != nil || d <= 0 {
			return timeouts, fmt.Errorf("--timeouts %s: write a factor (2x) or NAME=DURATION (connect=90s)", part)
		}
		if err := timeouts.Set(name, d); err != nil {
			return timeouts, fmt.Errorf("--timeouts: %w", err)
		}
	}
	return timeouts, nil
}
