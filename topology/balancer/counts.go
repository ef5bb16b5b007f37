package balancer

import "time"

// Counts is what passed through the balancer. Totals count from Since on.
type Counts struct {
	Since     time.Time                 `json:"since"` // the start, or the last reset of the totals
	Listeners map[string]ListenerCounts `json:"listeners"`
}

// ListenerCounts is one listener's traffic, seen between toxiproxy and the upstream: what a fault drops is not in it.
type ListenerCounts struct {
	// Accepted is the total of connections from clients, those included that were refused afterwards.
	Accepted int64 `json:"accepted"`
	// Open is the number of connections open now. Resetting the totals leaves it alone.
	Open int64 `json:"open"`
	// BytesToUpstream and BytesToClient are totals in bytes of TCP payload, TLS records as they are.
	BytesToUpstream int64 `json:"bytes_to_upstream"`
	BytesToClient   int64 `json:"bytes_to_client"`
	// Connected is the total of connections by the upstream (host:port) that they reached.
	Connected map[string]int64 `json:"connected"`
	// Refused is the total of connections that the router closed without an upstream, by reason.
	Refused Refused `json:"refused"`
	// ServerNames is the total of connections by server name, written as the client sent it. Those without one are not in
	// it. After 1000 names the others are summed under "(others)".
	ServerNames map[string]int64 `json:"server_names"`
	// UnknownServerNames is the part of ServerNames that no route knew, refused or sent to fallback_unknown.
	UnknownServerNames map[string]int64 `json:"unknown_server_names"`
}

// Refused counts connections that the router closed, each in exactly one field.
type Refused struct {
	// UnknownServerName: no route knows the name, and there is no fallback_unknown.
	UnknownServerName int64 `json:"unknown_server_name"`
	// Blocked: the name has a route and is blocked.
	Blocked int64 `json:"blocked"`
	// NoServerName: TLS without a server name, or not TLS at all, and there is no fallback.
	NoServerName int64 `json:"no_server_name"`
	// NoClientHello: the client left, or fell silent, before its ClientHello was complete.
	NoClientHello int64 `json:"no_client_hello"`
	// UpstreamUnreachable: the upstream refused, its name did not resolve, or it did not answer within the dial's
	// time-out.
	UpstreamUnreachable int64 `json:"upstream_unreachable"`
}

// Total is the sum over all reasons.
func (r Refused) Total() int64 {
	return r.UnknownServerName + r.Blocked + r.NoServerName + r.NoClientHello + r.UpstreamUnreachable
}
