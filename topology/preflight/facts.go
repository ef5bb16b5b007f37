package preflight

import (
	"bufio"
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// parseMemAvailable reads the MemAvailable line of /proc/meminfo (proc(5): kB of 1024 bytes) and gives bytes.
func parseMemAvailable(meminfo []byte) (uint64, error) {
	lines := bufio.NewScanner(bytes.NewReader(meminfo))
	for lines.Scan() {
		value, ok := strings.CutPrefix(lines.Text(), "MemAvailable:")
		if !ok {
			continue
		}
		kb, err := strconv.ParseUint(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value), "kB")), 10, 64)
		if err != nil || kb > math.MaxUint64/1024 {
			return 0, fmt.Errorf("/proc/meminfo: MemAvailable is %q, not a number of kB", strings.TrimSpace(value))
		}
		return kb * 1024, nil
	}
	return 0, fmt.Errorf("/proc/meminfo has no MemAvailable line")
}

// parseHardFileLimit reads the hard limit of "Max open files" in /proc/PID/limits; unlimited is math.MaxUint64.
func parseHardFileLimit(limits []byte) (uint64, error) {
	lines := bufio.NewScanner(bytes.NewReader(limits))
	for lines.Scan() {
		value, ok := strings.CutPrefix(lines.Text(), "Max open files")
		if !ok {
			continue
		}
		columns := strings.Fields(value) // soft, hard, unit
		if len(columns) < 2 {
			return 0, fmt.Errorf("the limits file has no hard limit on its line %q", lines.Text())
		}
		if columns[1] == "unlimited" {
			return math.MaxUint64, nil
		}
		n, err := strconv.ParseUint(columns[1], 10, 64)
		if err != nil {
			return 0, fmt.Errorf("the limits file: hard limit %q of open files is not a number", columns[1])
		}
		return n, nil
	}
	return 0, fmt.Errorf("the limits file has no line for open files")
}

// parseOSRelease reads the assignments of an os-release(5) file, without their quotes.
func parseOSRelease(text []byte) map[string]string {
	fields := map[string]string{}
	for line := range strings.Lines(string(text)) {
		key, value, ok := strings.Cut(strings.TrimSpace(line), "=")
		if !ok || strings.HasPrefix(key, "#") {
			continue
		}
		fields[key] = strings.Trim(value, `"'`)
	}
	return fields
}

// isDebian reports whether an os-release file is Debian's or that of a system made from it, such as Ubuntu.
func isDebian(osRelease []byte) bool {
	fields := parseOSRelease(osRelease)
	for _, id := range append(strings.Fields(fields["ID_LIKE"]), fields["ID"]) {
		if id == "debian" || id == "ubuntu" {
			return true
		}
	}
	return false
}

// atLeastAPI compares two API versions of the form MAJOR.MINOR.
func atLeastAPI(have, need string) (bool, error) {
	h, err := parseAPI(have)
	if err != nil {
		return false, err
	}
	n, err := parseAPI(need)
	if err != nil {
		return false, err
	}
	return h[0] > n[0] || h[0] == n[0] && h[1] >= n[1], nil
}

func parseAPI(version string) ([2]uint64, error) {
	major, minor, ok := strings.Cut(version, ".")
	a, errMajor := strconv.ParseUint(major, 10, 32)
	b, errMinor := strconv.ParseUint(minor, 10, 32)
	if !ok || errMajor != nil || errMinor != nil {
		return [2]uint64{}, fmt.Errorf("%q is not an API version such as %s", version, MinAPI)
	}
	return [2]uint64{a, b}, nil
}

// size writes bytes as GB of 10^9, with one decimal below 10.
func size(n uint64) string {
	v := float64(n) / gb
	if v < 10 && v != math.Trunc(v) {
		return fmt.Sprintf("%.1f GB", v)
	}
	return fmt.Sprintf("%.0f GB", v)
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return line
}

// tail gives the last n lines of text that are not blank.
func tail(text string, n int) string {
	var kept []string
	for line := range strings.Lines(text) {
		if line = strings.TrimRight(line, "\r\n\t "); line != "" {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept[max(0, len(kept)-n):], "\n")
}
