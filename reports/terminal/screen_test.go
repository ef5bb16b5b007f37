package terminal

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/jedib0t/go-pretty/v6/text"
)

// screen is a terminal as far as View uses one: it wraps, moves up, erases and scrolls. Whatever scrolled away stays
// readable in lines.
type screen struct {
	width, height int
	lines         [][]string // cells; all that was ever shown, the last height lines are the visible ones
	row, column   int
	hidden        bool
	unknown       []string
}

func newScreen(width, height int) *screen {
	return &screen{width: width, height: height, lines: [][]string{nil}}
}

func (s *screen) Write(p []byte) (int, error) {
	rest := string(p)
	for rest != "" {
		if strings.HasPrefix(rest, "\x1b[") {
			end := strings.IndexFunc(rest[2:], func(r rune) bool { return r >= '@' })
			if end < 0 {
				s.unknown = append(s.unknown, rest)
				break
			}
			s.escape(rest[2:2+end], rest[2+end])
			rest = rest[3+end:]
			continue
		}
		r, size := utf8.DecodeRuneInString(rest)
		rest = rest[size:]
		switch r {
		case '\n':
			s.down()
			s.column = 0
		case '\r':
			s.column = 0
		default:
			s.put(string(r), text.RuneWidth(r))
		}
	}
	return len(p), nil
}

func (s *screen) put(cell string, width int) {
	if s.column+width > s.width {
		s.down()
		s.column = 0
	}
	for len(s.lines[s.row]) < s.column+width {
		s.lines[s.row] = append(s.lines[s.row], " ")
	}
	s.lines[s.row][s.column] = cell
	for i := 1; i < width; i++ {
		s.lines[s.row][s.column+i] = ""
	}
	s.column += width
}

func (s *screen) down() {
	s.row++
	if s.row == len(s.lines) {
		s.lines = append(s.lines, nil)
	}
}

func (s *screen) escape(argument string, command byte) {
	switch {
	case command == 'A':
		n := 0
		_, _ = fmt.Sscan(argument, &n)
		s.row = max(s.row-n, len(s.lines)-s.height, 0) // the cursor cannot leave the screen
	case command == 'K':
		s.lines[s.row] = s.lines[s.row][:min(s.column, len(s.lines[s.row]))]
	case command == 'J':
		s.escape("", 'K')
		for i := s.row + 1; i < len(s.lines); i++ {
			s.lines[i] = nil
		}
	case command == 'm':
	case argument+string(command) == "?25l":
		s.hidden = true
	case argument+string(command) == "?25h":
		s.hidden = false
	default:
		s.unknown = append(s.unknown, argument+string(command))
	}
}

// String is all text, without the blanks at the ends of lines and the empty lines at the end.
func (s *screen) String() string {
	var lines []string
	for _, cells := range s.lines {
		lines = append(lines, strings.TrimRight(strings.Join(cells, ""), " "))
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}
