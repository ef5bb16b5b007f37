package read

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/crosscheck-dev/crosscheck/diagnose/evidence"
)

// product is another product than Elasticsearch whose log lines were seen.
type product struct {
	name    string
	line    int // the first of them
	count   int
	repeats bool // its log repeats errors of Elasticsearch
}

func (d *document) count(name string, line int, repeats bool) {
	p := d.products[name]
	if p == nil {
		p = &product{name: name, line: line, repeats: repeats}
		d.products[name] = p
	}
	p.count++
}

func mostFrequent(products map[string]*product) *product {
	var most *product
	for _, p := range products {
		if most == nil || p.count > most.count || p.count == most.count && p.name < most.name {
			most = p
		}
	}
	return most
}

var openSearchMarks = [][]byte{
	[]byte("org.opensearch"), []byte("[o.o."), []byte(`"distribution":"opensearch"`),
	[]byte(`"distribution" : "opensearch"`),
	[]byte("opensearch-security"), []byte("OpenSearchException"),
}

func (d *document) openSearch(line int, text []byte) {
	if !d.noted[evidence.OpenSearch] && has(text, openSearchMarks) {
		d.note(line, evidence.OpenSearch,
			"This is OpenSearch. Its remote clusters are configured otherwise; the catalogue is that of Elasticsearch.")
	}
}

// countProduct tells whose log a line with a header is.
func (s *stream) countProduct(number int, h header, line []byte) {
	switch {
	case h.offset:
		s.doc.count("Kibana", number, true)
	case strings.HasPrefix(h.logger, "logstash"), strings.HasPrefix(h.logger, "org.logstash"):
		s.doc.count("Logstash", number, true)
	default:
		s.doc.elastic++
		s.doc.openSearch(number, line)
	}
}

// others are lines of products that have nothing to do with Elasticsearch.
var others = []struct {
	name string
	line *regexp.Regexp
}{
	{"nginx", regexp.MustCompile(`^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[(?:emerg|alert|crit|error|warn|notice|info)\] \d+#\d+:`)},
	{"a web server (nginx or Apache)",
		regexp.MustCompile(`^[\da-fA-F.:]+ \S+ \S+ \[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] "`)},
	{"PostgreSQL", regexp.MustCompile(`^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? [A-Z]{2,5} (?:\[\d+\]|.*) ?(?:LOG|ERROR|FATAL|WARNING|DETAIL|STATEMENT|HINT): `)},
	{"Kafka", regexp.MustCompile(`^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+\] (?:INFO|WARN|ERROR|DEBUG|TRACE|FATAL) `)},
	{"MySQL", regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z \d+ \[(?:Note|Warning|ERROR|System)\]`)},
	{"MongoDB", regexp.MustCompile(`^\{"t":\{"\$date":`)},
	{"Redis", regexp.MustCompile(`^\d+:[MSCX] \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d`)},
	{"HAProxy",
		regexp.MustCompile(`haproxy\[\d+\]: |^(?:<\d+>)?[\d.]+:\d+ \[\d\d/[A-Z][a-z]{2}/\d{4}:[\d:.]+\] \S+ \S+/\S+ `)},
	{"Envoy", regexp.MustCompile(`^\[\d{4}-\d\d-\d\d[T ][\d:.]+Z?\]\[\d+\]\[(?:trace|debug|info|warning|error|critical)\]`)},
	{"Spring Boot",
		regexp.MustCompile(`^\d{4}-\d\d-\d\d[T ][\d:.,]+(?:Z|[+-]\d\d:\d\d)?\s+(?:INFO|WARN|ERROR|DEBUG) \d+ --- \[`)},
}

// otherProduct names the product that writes such a line, empty where none is known.
func otherProduct(line string) string {
	if len(line) < 12 || bytes.IndexByte([]byte("[{0123456789abcdefABCDEFh<"), line[0]) < 0 {
		return ""
	}
	for _, o := range others {
		if o.line.MatchString(line) {
			return o.name
		}
	}
	return ""
}
