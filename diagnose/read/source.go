package read

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"github.com/crosscheck-dev/crosscheck/diagnose/evidence"
)

const (
	readBuffer = 256 << 10 // bytes
	maxLine    = 4 << 20   // bytes of one line that are kept
	sniffed    = 4 << 10   // bytes that decide whether an input is text
)

// magics are the first bytes of files that are no text, and what to call them.
var magics = []struct{ start, name string }{
	{"PK\x03\x04", "a zip archive; unpack it and hand in the files"},
	{"\x89PNG", "a picture; paste the text that it shows"},
	{"\xff\xd8\xff", "a picture; paste the text that it shows"},
	{"GIF8", "a picture; paste the text that it shows"},
	{"%PDF", "a PDF; paste the text that it shows"},
	{"\x7fELF", "a program"},
	{"\xca\xfe\xba\xbe", "a Java class"},
	{"\x28\xb5\x2f\xfd", "compressed by zstd; decompress it first"},
	{"\xfd7zXZ\x00", "compressed by xz; decompress it first"},
	{"BZh", "compressed by bzip2; decompress it first"},
}

// decode gives the input as UTF-8, or a note where it is no text. It reads through gzip.
func decode(source string, r *bufio.Reader) (*bufio.Reader, *evidence.Note) {
	for range 3 { // a compressed file may be compressed once more
		if head, _ := r.Peek(2); !bytes.Equal(head, []byte{0x1f, 0x8b}) {
			break
		}
		unzipped, err := gzip.NewReader(r)
		if err != nil {
			return nil, &evidence.Note{Source: source, Kind: evidence.Broken,
				Text: "It begins like a gzip file and is none: " + err.Error() + "."}
		}
		r = bufio.NewReaderSize(unzipped, readBuffer)
	}
	head, err := r.Peek(sniffed)
	if err != nil && len(head) == 0 {
		if errors.Is(err, io.EOF) {
			return nil, &evidence.Note{Source: source, Kind: evidence.Empty, Text: "There is nothing in it."}
		}
		return r, nil // the error comes again, to whoever reads
	}
	for _, m := range magics {
		if bytes.HasPrefix(head, []byte(m.start)) {
			return nil, &evidence.Note{Source: source, Kind: evidence.Binary, Text: "It is " + m.name + "."}
		}
	}
	if order, yes := utf16Order(head); yes {
		decoder := unicode.UTF16(order, unicode.UseBOM).NewDecoder()
		return bufio.NewReaderSize(transform.NewReader(r, decoder), readBuffer), nil
	}
	if bytes.HasPrefix(head, []byte("\xef\xbb\xbf")) {
		_, _ = r.Discard(3)
		head = head[3:]
	}
	if len(head) > 262 && string(head[257:262]) == "ustar" {
		return nil, &evidence.Note{Source: source, Kind: evidence.Binary,
			Text: "It is a tar archive; unpack it and hand in the files."}
	}
	if isBinary(head) {
		return nil, &evidence.Note{Source: source, Kind: evidence.Binary, Text: "It is not text."}
	}
	return r, nil
}

// utf16Order tells UTF-16 by its mark, or by zeros in every second byte.
func utf16Order(head []byte) (unicode.Endianness, bool) {
	switch {
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}):
		return unicode.LittleEndian, true
	case bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		return unicode.BigEndian, true
	}
	if len(head) < 8 {
		return unicode.LittleEndian, false
	}
	var zeros [2]int
	for i, b := range head {
		if b == 0 {
			zeros[i%2]++
		}
	}
	most := len(head) / 2 * 8 / 10
	switch {
	case zeros[1] > most && zeros[0] == 0:
		return unicode.LittleEndian, true
	case zeros[0] > most && zeros[1] == 0:
		return unicode.BigEndian, true
	}
	return unicode.LittleEndian, false
}

// isBinary tells by zeros, and by bytes that are neither UTF-8 nor what old logs have instead.
func isBinary(head []byte) bool {
	odd := 0
	for rest := head; len(rest) > 0; {
		r, size := utf8.DecodeRune(rest)
		if r == 0 || r < ' ' && r != '\t' && r != '\n' && r != '\r' && r != '\x1b' || r == utf8.RuneError && size == 1 {
			odd++
		}
		rest = rest[size:]
	}
	return odd > len(head)/10+4 || bytes.Count(head, []byte{0}) > len(head)/20
}

// lines reads line by line without ever holding more than maxLine of one.
type lines struct {
	r      *bufio.Reader
	number int // of the line that next gave last, from 1
	cut    int // number of the first line that was too long
	long   []byte
}

func newLines(r *bufio.Reader) *lines { return &lines{r: r} }

// next gives the next line without its end and without colours; it is valid until the next call. After an error in the
// middle of a line, the line comes first and the error with the next call.
func (l *lines) next() ([]byte, error) {
	l.long = l.long[:0]
	for {
		part, err := l.r.ReadSlice('\n')
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			l.keep(part)
			continue
		case err != nil && len(part) == 0 && len(l.long) == 0:
			return nil, err
		}
		l.number++
		if len(l.long) > 0 {
			l.keep(part)
			part = l.long
		}
		return clean(part), nil
	}
}

func (l *lines) keep(part []byte) {
	if room := maxLine - len(l.long); len(part) > room {
		part = part[:room]
		if l.cut == 0 {
			l.cut = l.number + 1
		}
	}
	l.long = append(l.long, part...)
}

// clean takes the line's end, colours and zeros away.
func clean(line []byte) []byte {
	line = bytes.TrimRight(line, "\r\n")
	if bytes.IndexByte(line, 0x1b) >= 0 {
		line = colours.ReplaceAll(line, nil)
	}
	if bytes.IndexByte(line, 0) >= 0 {
		line = bytes.ReplaceAll(line, []byte{0}, nil)
	}
	return line
}
