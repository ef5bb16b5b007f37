package read

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/crosscheck-dev/crosscheck/diagnose/evidence"
)

var (
	requestLine = regexp.MustCompile(`^(GET|PUT|POST|DELETE|HEAD|PATCH) (/?[^\s{]+|https?://\S+)\s*(?:HTTP/[\d.]+\s*)?(?:\{.*)?$`)
	statusLine  = regexp.MustCompile(`^(?:< ?|# )?(?:HTTP/[\d.]+ (\d{3})\b.*|(\d{3}) (?:- )?(?:OK|Bad Request|Unauthorized|Forbidden|Not Found|Internal Server Error|Bad Gateway|Service Unavailable))$`)
	commandLine = regexp.MustCompile(`^(?:[\w.@~:/\[\]()-]{0,60} ?[$#%>❯] ?)?(?:sudo )?(curl|kubectl|oc|docker|docker-compose|podman|journalctl|helm|` +
		`(?:\S*/)?elasticsearch-keystore|(?:\S*/)?elasticsearch|(?:\S*/)?elasticsearch-reset-password|openssl|cat|tail|grep|echo|export|terraform)\s+\S`)
	promptLine = regexp.MustCompile(`^(?:[\w.-]+@[\w.-]+:?\S*|\[[\w.-]+@[^\]]+\]|PS [A-Z]:\\\S*)?\s?[$#%❯>] `)
	curlMethod = regexp.MustCompile(`\s(?:-X ?|--request[ =])["']?([A-Z]+)`)
	curlURL    = regexp.MustCompile(`["']?((?:https?://|localhost|[\w.$\{}-]+:\d+|\$\{?\w+\}?)[^\s"']*/[^\s"']*)["']?`)
	curlData   = regexp.MustCompile(`(?:-d|--data\S*|--json)[ =]?["'$@]*\s*([{\[])`)
	envFlag    = regexp.MustCompile(`(?:\s|^)(?:-E ?|-e ?|--env[ =]|export )["']?([\w.]+)=("[^"]*"|'[^']*'|\S*)`)
)

func isRequest(line string) bool {
	switch {
	case len(line) < 5:
		return false
	case line[0] == 'G', line[0] == 'P', line[0] == 'D', line[0] == 'H':
		return requestLine.MatchString(line)
	}
	return false
}

func isStatusLine(line string) bool { return len(line) < 200 && statusLine.MatchString(line) }

func statusOf(line string) int {
	m := statusLine.FindStringSubmatch(line)
	status, _ := strconv.Atoi(m[1] + m[2])
	return status
}

// isCommand reports whether somebody typed this at a prompt. cat and echo need the prompt: they begin sentences too.
func isCommand(line string) bool {
	if len(line) > 4000 {
		return false
	}
	m := commandLine.FindStringSubmatch(line)
	if m == nil {
		return false
	}
	switch m[1] {
	case "curl":
		return strings.Contains(line, "/") || strings.Contains(line, "-")
	case "kubectl", "docker", "journalctl":
		return true
	}
	return promptLine.MatchString(line)
}

func (s *stream) setRequest(line string) {
	m := requestLine.FindStringSubmatch(line)
	path := m[2]
	if !strings.HasPrefix(path, "http") && !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	s.request, s.status = m[1]+" "+pathOf(path), 0
}

// pathOf leaves scheme, user and host of an address out.
func pathOf(address string) string {
	if u, err := url.Parse(address); err == nil && u.Host != "" {
		return u.RequestURI()
	}
	if at := strings.Index(address, "://"); at >= 0 {
		address = address[at+3:]
	}
	if at := strings.IndexByte(address, '/'); at > 0 {
		address = address[at:]
	}
	return address
}

// addCommand takes a line of a command; one that ends with a backslash goes on.
func (s *stream) addCommand(number int, line string) {
	s.command = append(s.command, row{number, line})
	if !strings.HasSuffix(strings.TrimRight(line, " \t"), `\`) || len(s.command) > 200 {
		s.endCommand()
	}
}

// endCommand reads what a command says: the request that the next body answers, the settings that it passes on, and the
// body that it sends.
func (s *stream) endCommand() {
	rows := s.command
	s.command = nil
	if len(rows) == 0 {
		return
	}
	var b strings.Builder
	for _, r := range rows {
		b.WriteString(strings.TrimSuffix(strings.TrimRight(r.text, " \t"), `\`))
		b.WriteByte('\n')
	}
	text := b.String()
	s.environment(rows)
	s.request, s.status = "", 0
	if !strings.Contains(text, "curl") {
		return
	}
	at := curlData.FindStringSubmatchIndex(text)
	line := text
	if at != nil {
		line = text[:at[0]]
	}
	if m := curlURL.FindStringSubmatch(strings.ReplaceAll(text, "\n", " ")); m != nil {
		method := "GET"
		if at != nil {
			method = "POST"
		}
		if m := curlMethod.FindStringSubmatch(line); m != nil {
			method = m[1]
		}
		s.request = method + " " + pathOf(m[1])
	}
	if at != nil {
		// The body may go on in lines after the command, which ended none of its lines with a backslash.
		number := rows[0].number + strings.Count(text[:at[2]], "\n")
		s.bodyRows(number, strings.TrimSuffix(text[at[2]:], "\n"))
	}
}

func (s *stream) bodyRows(number int, text string) {
	for i, line := range strings.Split(text, "\n") {
		if i == 0 {
			s.startBody(number, line)
		} else {
			s.line(number+i, []byte(line))
		}
	}
}

// environment reads settings of -E, -e and export.
func (s *stream) environment(rows []row) {
	var all []setting
	for _, r := range rows {
		for _, m := range envFlag.FindAllStringSubmatch(r.text, 50) {
			if f, ok := environmentSetting(m[1], strings.Trim(m[2], `"'`)); ok {
				f.line = r.number
				all = append(all, f)
			}
		}
	}
	s.addSettings(evidence.Configuration, "", "", all)
}

// environmentSetting gives the setting that a variable of a container sets.
func environmentSetting(name, value string) (setting, bool) {
	if rest, ok := strings.CutPrefix(name, "ES_SETTING_"); ok {
		name = strings.ToLower(strings.NewReplacer("__", "_", "_", ".").Replace(rest))
	}
	return setting{name: name, value: value}, usefulSettings.MatchString(name)
}
