package balancer

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// How says what becomes of open connections that are cut.
type How string

const (
	// FIN closes both sides in order: the client reads EOF.
	FIN How = "fin"
	// RST resets both sides at once, idle or not: the client reads "connection reset by peer".
	RST How = "reset"
	// HalfOpen closes the upstream's side only, as when a balancer forgets a flow: the client's side stays open, and what
	// it sends vanishes. New connections work.
	HalfOpen How = "half-open"
)

// Cut ends the open connections of a listener and returns how many. It does not touch new ones. A client that has not
// read what was sent before sees the end only after that.
func (c *Client) Cut(ctx context.Context, listener string, how How) (int, error) {
	var cut struct {
		Cut int `json:"cut"`
	}
	to := path("/connections", listener, "cut") + "?how=" + string(how)
	if err := c.call(ctx, http.MethodPost, to, nil, &cut); err != nil {
		return 0, fmt.Errorf("cut the connections of balancer listener %q: %w", listener, err)
	}
	return cut.Cut, nil
}

// Down closes the listener: open connections end (the client reads EOF), new ones are refused (ECONNREFUSED).
func (c *Client) Down(ctx context.Context, listener string) error {
	return c.enable(ctx, listener, false)
}

// Up opens the listener again at its old address. Other faults stay.
func (c *Client) Up(ctx context.Context, listener string) error {
	return c.enable(ctx, listener, true)
}

func (c *Client) enable(ctx context.Context, listener string, on bool) error {
	if err := c.call(ctx, http.MethodPost, path("/proxies", listener), map[string]any{"enabled": on}, nil); err != nil {
		return fmt.Errorf("enable or disable balancer listener %q: %w", listener, err)
	}
	return nil
}

// BlackHole lets data vanish in both directions, on open and on new connections. They stay open, and new ones are still
// accepted, so that only the client's own time-outs end them. What vanished cannot be made up for, so Heal closes them.
func (c *Client) BlackHole(ctx context.Context, listener string) error {
	return c.add(ctx, listener, "timeout", attributes{"timeout": 0}, upstream, downstream)
}

// Timeout lets data vanish in both directions and closes a connection (EOF) when for the duration after nothing came
// from one of its ends. Like BlackHole it holds for open and for new connections, and Heal closes those that it still
// holds.
func (c *Client) Timeout(ctx context.Context, listener string, after time.Duration) error {
	if after < time.Millisecond {
		return tooShort("time-out", after)
	}
	return c.add(ctx, listener, "timeout", attributes{"timeout": after.Milliseconds()}, upstream, downstream)
}

// Latency holds back what the upstream sends by delay, give or take jitter: once a round trip. Accepting a connection
// is not delayed.
func (c *Client) Latency(ctx context.Context, listener string, delay, jitter time.Duration) error {
	if delay < time.Millisecond {
		return tooShort("latency", delay)
	}
	if jitter < 0 || jitter > delay {
		return fmt.Errorf("balancer fault: jitter %s is not between 0 and the latency %s", jitter, delay)
	}
	held := attributes{"latency": delay.Milliseconds(), "jitter": jitter.Milliseconds()}
	return c.add(ctx, listener, "latency", held, downstream)
}

// Reset drops the next bytes that the client sends on a connection, open or new, and resets it (RST) the duration after
// later. An idle connection stays; Cut with RST ends that.
func (c *Client) Reset(ctx context.Context, listener string, after time.Duration) error {
	if after < 0 {
		return tooShort("time to the reset", after)
	}
	return c.add(ctx, listener, "reset_peer", attributes{"timeout": after.Milliseconds()}, upstream)
}

// Bandwidth limits each direction of each connection to rate, in KB/s (1 KB is 1000 bytes).
func (c *Client) Bandwidth(ctx context.Context, listener string, rate int) error {
	return c.add(ctx, listener, "bandwidth", attributes{"rate": rate}, upstream, downstream)
}

// Slicer passes data on in pieces of at most size bytes, in both directions, waiting for delay after each (full
// microseconds).
func (c *Client) Slicer(ctx context.Context, listener string, size int, delay time.Duration) error {
	pieces := attributes{"average_size": size, "delay": delay.Microseconds()}
	return c.add(ctx, listener, "slicer", pieces, upstream, downstream)
}

// IdleCut closes a connection, open or new, when the upstream has sent nothing on it for the duration idle: the client
// reads EOF. Data passes unchanged and starts the time anew. It is the server-side idle time-out of a load balancer, so
// an answer that takes longer than idle is cut as well. TCP keep-alive probes do not count as data.
func (c *Client) IdleCut(ctx context.Context, listener string, idle time.Duration) error {
	if idle < time.Millisecond {
		return tooShort("idle time", idle)
	}
	return c.add(ctx, listener, "idle_cut", attributes{"idle": idle.Milliseconds()}, downstream)
}

// Heal removes all faults of a listener and opens it. Connections held by BlackHole or Timeout are closed; half-open
// ones stay.
func (c *Client) Heal(ctx context.Context, listener string) error {
	var state State
	if err := c.call(ctx, http.MethodGet, path("/proxies", listener), nil, &state); err != nil {
		return fmt.Errorf("heal balancer listener %q: %w", listener, err)
	}
	for _, t := range state.Toxics {
		err := c.call(ctx, http.MethodDelete, path("/proxies", listener, "toxics", t.Name), nil, nil)
		if err != nil && !hasStatus(err, http.StatusNotFound) {
			return fmt.Errorf("heal balancer listener %q of %s: %w", listener, t.Name, err)
		}
	}
	return c.Up(ctx, listener)
}

// HealAll is Heal for every listener in one call.
func (c *Client) HealAll(ctx context.Context) error {
	if err := c.call(ctx, http.MethodPost, "/reset", nil, nil); err != nil {
		return fmt.Errorf("heal the balancer: %w", err)
	}
	return nil
}

const (
	upstream   = "upstream"
	downstream = "downstream"
)

type attributes map[string]any

// add puts a toxic of the kind on each stream, in the place of one that is there already: removed and added anew, as
// toxiproxy's update changes the attributes of a running toxic without a lock.
func (c *Client) add(ctx context.Context, listener, kind string, attrs attributes, streams ...string) error {
	for _, stream := range streams {
		name := kind + "_" + stream
		toxics := path("/proxies", listener, "toxics")
		body := map[string]any{"name": name, "type": kind, "stream": stream, "toxicity": 1, "attributes": attrs}
		err := c.call(ctx, http.MethodPost, toxics, body, nil)
		if hasStatus(err, http.StatusConflict) {
			if err = c.call(ctx, http.MethodDelete, toxics+"/"+name, nil, nil); err == nil {
				err = c.call(ctx, http.MethodPost, toxics, body, nil)
			}
		}
		if err != nil {
			return fmt.Errorf("add the fault %s to balancer listener %q: %w", name, listener, err)
		}
	}
	return nil
}

func hasStatus(err error, status int) bool {
	var e *Error
	return errors.As(err, &e) && e.Status == status
}

func tooShort(what string, d time.Duration) error {
	return fmt.Errorf("balancer fault: the %s %s is too short; the balancer counts in full milliseconds", what, d)
}
