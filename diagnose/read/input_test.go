package read

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	utf "unicode/utf16"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/diagnose/evidence"
)

func utf16(text string, big bool) string {
	var order binary.AppendByteOrder = binary.LittleEndian
	if big {
		order = binary.BigEndian
	}
	data := order.AppendUint16(nil, 0xfeff)
	for _, unit := range utf.Encode([]rune(text)) {
		data = order.AppendUint16(data, unit)
	}
	return string(data)
}

func zipped(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = io.WriteString(w, text)
	_ = w.Close()
	return b.String()
}

func TestBadInputIsNamed(t *testing.T) {
	for _, c := range []struct {
		name, text string
		kind       evidence.NoteKind
		says       string
	}{
		{"empty", "", evidence.Empty, "nothing"},
		{"blanks", " \n\t\n", evidence.Empty, "blanks"},
		{"zip", "PK\x03\x04abc", evidence.Binary, "unpack"},
		{"picture", "\x89PNG\r\n\x1a\n", evidence.Binary, "picture"},
		{"bytes", strings.Repeat("\x00\x01\x02\xff", 100), evidence.Binary, "not text"},
		{"gzip cut off", zipped(strings.Repeat(refused, 50))[:120], evidence.Broken, "too early"},
		{"gzip that is none", "\x1f\x8bxx", evidence.Broken, "gzip"},
		{"Kibana", "[2026-01-01T00:00:00.000+00:00][INFO ][plugins-service] Plugin off\n", evidence.OtherProduct, "Kibana"},
		{"Logstash", "[2026-01-01T00:00:00,000][INFO ][logstash.agent           ] Successfully started\n", evidence.OtherProduct, "Logstash"},
		{"nginx", "2026/01/01 00:00:00 [error] 12#12: *1 upstream timed out\n", evidence.OtherProduct, "nginx"},
		{"PostgreSQL", "2026-01-01 00:00:00.000 UTC [1] LOG:  database system is ready\n", evidence.OtherProduct, "PostgreSQL"},
		{"Kafka", "[2026-01-01 00:00:00,000] INFO [KafkaServer id=1] started (kafka.server.KafkaServer)\n", evidence.OtherProduct, "Kafka"},
		{"OpenSearch, a log", "[2026-01-01T00:00:00,000][WARN ][o.o.t.RemoteClusterService] [n] failed to connect to remote cluster [b]\n",
			evidence.OpenSearch, "OpenSearch"},
		{"OpenSearch, its root", `{"name":"n","cluster_name":"c","version":{"distribution":"opensearch","number":"2.11.0"}}`,
			evidence.OpenSearch, "OpenSearch"},
		{"a body cut off", `{"error":{"type":"security_exception","reason":"action [x] is unauthor`, evidence.Broken, "cut off"},
		{"YAML that does not parse", "cluster.name: a\nnode.roles: [ data\nnetwork.host: b\n", evidence.Broken, "YAML"},
	} {
		t.Run(c.name, func(t *testing.T) {
			in, err := Read("x", strings.NewReader(c.text), evidence.Unknown)
			require.NoError(t, err)
			require.NotEmpty(t, in.Notes)
			assert.Equal(t, c.kind, in.Notes[0].Kind)
			assert.Contains(t, in.Notes[0].Text, c.says)
			assert.Equal(t, "x", in.Notes[0].Source)
		})
	}
}

func TestAnErrorOfReadingIsAnError(t *testing.T) {
	broken := io.MultiReader(strings.NewReader(refused), iotest.ErrReader(errors.New("disk is gone")))
	_, err := Read("es.log", broken, evidence.Unknown)
	assert.EqualError(t, err, "read es.log after line 5: disk is gone")
}

func TestSideOfFile(t *testing.T) {
	for name, want := range map[string]evidence.Side{
		"local.log": evidence.Local, "logs/remote-es.log": evidence.Remote, "es-remote-1": evidence.Remote,
		"remote_info.json": evidence.Unknown, "local-and-remote.log": evidence.Unknown, "localhost.log": evidence.Unknown,
		"locale.log": evidence.Unknown, "/usr/local/es/x.log": evidence.Unknown, "remote/x/local.log": evidence.Local,
		"remote/elasticsearch.log": evidence.Remote,
	} {
		assert.Equal(t, want, sideOfFile(name), name)
	}
}
