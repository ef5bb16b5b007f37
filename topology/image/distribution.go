package image

import "strings"

// withoutGCLog drops the garbage collection log from jvm.options: it costs writes, and nothing reads it here.
func withoutGCLog(options string) string {
	var kept []string
	for _, line := range strings.Split(options, "\n") {
		if !strings.Contains(line, "-Xlog:gc") && !strings.Contains(line, "-Xloggc") {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "\n")
}

// toConsole rewrites a distribution's log4j2.properties the way the official image has it: what goes to a rolling file
// goes to standard output, in the same layout (JSON lines from 7.0 on), and the second, old-style copy is dropped.
func toConsole(properties string) string {
	lines := logicalLines(properties)
	kinds := map[string]string{} // appender -> its type
	for _, l := range lines {
		if name, attribute, ok := appenderKey(l.key); ok && attribute == "type" {
			kinds[name] = l.value
		}
	}
	rolls := func(name string) bool {
		return strings.HasPrefix(kinds[name], "Rolling") && !strings.HasSuffix(name, "_old")
	}
	dropped := func(name string) bool {
		return name == "console" && rolls("rolling") || strings.HasPrefix(kinds[name], "Rolling") && !rolls(name)
	}
	var out []string
	for _, l := range lines {
		if name, attribute, ok := appenderKey(l.key); ok {
			if dropped(name) {
				continue
			}
			if rolls(name) {
				if l.text, ok = consoleLine(l, attribute); !ok {
					continue
				}
			}
		}
		if strings.Contains(l.key, ".appenderRef.") && dropped(l.value) {
			continue
		}
		out = append(out, l.text)
	}
	return strings.Join(out, "\n")
}

// consoleLine is a line of a rolling appender as one of a console appender, if that has the attribute: it has no
// fileName, filePattern, policies or strategy.
func consoleLine(l logicalLine, attribute string) (string, bool) {
	switch first, _, _ := strings.Cut(attribute, "."); first {
	case "type":
		return l.key + " = Console", true
	case "name", "layout", "filter":
		return l.text, true
	}
	return "", false
}

// logicalLine is a property or a comment, with the lines that a backslash continues.
type logicalLine struct{ text, key, value string }

func logicalLines(properties string) []logicalLine {
	var lines []logicalLine
	var text string
	for _, line := range strings.Split(properties, "\n") {
		text += line
		comment := strings.HasPrefix(strings.TrimSpace(text), "#")
		if strings.HasSuffix(line, `\`) && !comment {
			text += "\n"
			continue
		}
		lines, text = append(lines, parseLine(text)), ""
	}
	if text != "" { // the last line is continued, by nothing
		lines = append(lines, parseLine(text))
	}
	return lines
}

func parseLine(text string) logicalLine {
	key, value, ok := strings.Cut(text, "=")
	if !ok || strings.HasPrefix(strings.TrimSpace(text), "#") {
		return logicalLine{text: text}
	}
	return logicalLine{text, strings.TrimSpace(key), strings.TrimSpace(value)}
}

// appenderKey splits appender.NAME.ATTRIBUTE.
func appenderKey(key string) (name, attribute string, ok bool) {
	rest, ok := strings.CutPrefix(key, "appender.")
	if !ok {
		return "", "", false
	}
	return strings.Cut(rest, ".")
}
