package main

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// scripted is a connection that delivers its bytes in pieces and then ends.
type scripted struct {
	net.Conn
	rest  []byte
	piece int
}

func (s *scripted) Read(p []byte) (int, error) {
	if len(s.rest) == 0 {
		return 0, io.EOF
	}
	n := min(len(p), len(s.rest), s.piece)
	copy(p, s.rest[:n])
	s.rest = s.rest[n:]
	return n, nil
}

func (s *scripted) SetReadDeadline(time.Time) error  { return nil }
func (s *scripted) SetWriteDeadline(time.Time) error { return nil }
func (s *scripted) SetDeadline(time.Time) error      { return nil }

// clientHello is what Go's TLS client sends first.
func clientHello(t testing.TB, serverName string, protocols ...string) []byte {
	t.Helper()
	sink := &sink{}
	err := tls.Client(sink, &tls.Config{ServerName: serverName, InsecureSkipVerify: true,
		NextProtos: protocols}).Handshake()
	require.ErrorIs(t, err, io.EOF)
	return sink.Bytes()
}

// sink keeps what is written and ends when read.
type sink struct {
	scripted
	bytes.Buffer
}

func (s *sink) Read([]byte) (int, error)    { return 0, io.EOF }
func (s *sink) Write(p []byte) (int, error) { return s.Buffer.Write(p) }
func (s *sink) Close() error                { return nil }

// fragmented spreads one TLS record over records of size bytes.
func fragmented(record []byte, size int) []byte {
	var out []byte
	for body := record[5:]; len(body) > 0; {
		n := min(size, len(body))
		out = append(append(out, record[0], record[1], record[2], byte(n>>8), byte(n)), body[:n]...)
		body = body[n:]
	}
	return out
}

// huge is a ClientHello of about size bytes, in records of 16 KiB.
func huge(t testing.TB, serverName string, size int) []byte {
	var protocols []string
	for range size / 256 {
		protocols = append(protocols, strings.Repeat("p", 255))
	}
	return clientHello(t, serverName, protocols...)
}

func TestPeek(t *testing.T) {
	plain := clientHello(t, "remote.example")
	oversized := append([]byte{recordHandshake, 3, 1, 0x40, 0}, 1, 0xff, 0xff, 0xff)
	oversized = append(oversized, make([]byte, 0x4000)...)
	for _, tc := range []struct {
		sent string
		data []byte
		name string
		left bool // the client left before it was clear what it speaks
	}{
		{sent: "a ClientHello", data: plain, name: "remote.example"},
		{sent: "a ClientHello and more", data: append(bytes.Clone(plain), "more"...), name: "remote.example"},
		{sent: "a ClientHello in small records", data: fragmented(plain, 3), name: "remote.example"},
		{sent: "a huge ClientHello", data: huge(t, "huge.example", 48<<10), name: "huge.example"},
		{sent: "a ClientHello without a name", data: clientHello(t, "")},
		{sent: "a message of 16 MiB, announced", data: oversized},
		{sent: "Elasticsearch without TLS", data: []byte("ES\x00\x00\x00\x10")},
		{sent: "HTTP", data: []byte("GET / HTTP/1.1\r\n\r\n")},
		{sent: "an alert", data: []byte{0x15, 3, 1, 0, 2, 2, 40}},
		{sent: "a handshake record with no ClientHello", data: []byte{recordHandshake, 3, 1, 0, 4, 2, 0, 0, 0}},
		{sent: "nothing", left: true},
		{sent: "one byte of TLS", data: plain[:1], left: true},
		{sent: "half a ClientHello", data: plain[:len(plain)/2], left: true},
	} {
		t.Run(tc.sent, func(t *testing.T) {
			for _, piece := range []int{1, 7, 1 << 20} {
				h, err := peek(t.Context(), &scripted{rest: tc.data, piece: piece}, time.Minute, time.Minute)
				if tc.left {
					require.Errorf(t, err, "in pieces of %d", piece)
					continue
				}
				require.NoErrorf(t, err, "in pieces of %d", piece)
				require.Equal(t, tc.name, h.name)
				require.Truef(t, len(h.raw) > 0 && bytes.HasPrefix(tc.data, h.raw), "%d bytes are kept that are not what was sent",
					len(h.raw))
			}
		})
	}
}

func TestPeekKeepsABoundedAmount(t *testing.T) {
	endless := fragmented(huge(t, "endless.example", 60<<10), 1)
	h, err := peek(t.Context(), &scripted{rest: endless, piece: 1 << 20}, time.Minute, time.Minute)
	require.NoError(t, err)
	require.LessOrEqual(t, len(h.raw), maxPeek+64<<10)
}

func FuzzPeek(f *testing.F) {
	plain := clientHello(f, "remote.example")
	f.Add(plain, 1)
	f.Add(plain[:len(plain)-1], 1<<20)
	f.Add(fragmented(plain, 1), 5)
	f.Add(huge(f, "huge.example", 20<<10), 1000)
	f.Add([]byte{recordHandshake}, 1)
	f.Add([]byte("ES\x00\x00"), 2)
	f.Add([]byte{}, 1)
	f.Fuzz(func(t *testing.T, data []byte, piece int) {
		conn := &scripted{rest: data, piece: max(piece, 1)}
		h, err := peek(t.Context(), conn, time.Minute, time.Minute)
		if !bytes.Equal(append(bytes.Clone(h.raw), conn.rest...), data) && err == nil {
			t.Fatalf("what was kept (%d bytes) and what is left (%d) are not what was sent (%d)", len(h.raw), len(conn.rest),
				len(data))
		}
		if h.name != "" && !bytes.Contains(bytes.ToLower(unframed(data)), bytes.ToLower([]byte(h.name))) {
			t.Fatalf("the name %q was never sent", h.name)
		}
		if err != nil && !errors.Is(err, io.EOF) {
			t.Fatalf("the connection only ever ends, but peek says %v", err)
		}
	})
}

// unframed joins the bodies of TLS records.
func unframed(data []byte) []byte {
	var out []byte
	for len(data) >= 5 {
		n := min(int(data[3])<<8|int(data[4]), len(data)-5)
		out = append(out, data[5:5+n]...)
		data = data[5+n:]
	}
	return out
}
