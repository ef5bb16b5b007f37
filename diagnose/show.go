package diagnose

import (
	"github.com/crosscheck-dev/crosscheck/diagnose/evidence"
	"github.com/crosscheck-dev/crosscheck/fixtures/catalogue"
)

// blockNames are the blocks of a signature in words.
var blockNames = map[string]string{
	catalogue.BlockRequest:    "how such a request is refused",
	catalogue.BlockSkipFalse:  "what a search answers",
	catalogue.BlockSkipTrue:   "what a search answers when the remote cluster may be skipped",
	catalogue.BlockRemoteInfo: "what _remote/info shows",
	catalogue.BlockResolve:    "what _resolve/cluster shows",
	catalogue.BlockLocalLog:   "what the local log says",
	catalogue.BlockRemoteLog:  "what the remote log says",
	catalogue.BlockClue:       "what people report of it",
}

// shows says what of an entry a piece was held against.
func shows(e entry, h hit, p evidence.Piece) string {
	if h.signal < 0 {
		return "the catalogue has another " + string(p.Kind) + " for this failure"
	}
	s := e.signals[h.signal]
	text := blockNames[s.Block] + ": " + described(s)
	if s.Generic {
		text += " (many failures say this)"
	}
	return text
}
