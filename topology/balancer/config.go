// Package balancer configures, observes and steers the load balancer that stands in front of a remote cluster:
// toxiproxy on the documented ports, and behind it a router that counts connections and passes TLS through by server
// name. The program itself is cmd/balancer.
package balancer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Config is the whole configuration of one balancer, given to it as JSON.
type Config struct {
	// API is the host:port on which the balancer is observed and steered. Port 0 takes a free one.
	API       string     `json:"api"`
	Listeners []Listener `json:"listeners"`
}

// Listener is one port that clients connect to.
type Listener struct {
	Name   string `json:"name"`   // unique; it is part of the API's paths
	Listen string `json:"listen"` // host:port; port 0 takes a free one
	Routes
}

// Routes says where a listener's connections go. Exactly one of the fields is set.
type Routes struct {
	// Upstream is the host:port that every connection goes to.
	Upstream string `json:"upstream,omitempty"`
	// Upstreams take turns, connection by connection. None is checked for health and none is tried twice.
	Upstreams []string `json:"upstreams,omitempty"`
	// SNI chooses by the server name in the TLS ClientHello; TLS is passed through, never terminated.
	SNI *SNI `json:"sni,omitempty"`
}

// Nowhere has a listener accept every connection and close it: nothing listens there, and no other machine learns of
// it.
func Nowhere() Routes { return Routes{Upstream: "127.0.0.1:1"} }

// SNI routes by server name. A connection without a route is closed (the client reads EOF) and counted.
type SNI struct {
	// Routes maps a server name to a host:port. Case does not matter. `*.suffix` matches every name that ends in .suffix,
	// at any depth; an exact name goes before it, and a longer suffix before a shorter one.
	Routes map[string]string `json:"routes,omitempty"`
	// Fallback is the host:port for a client that sends no server name or does not speak TLS. Empty: it is refused.
	Fallback string `json:"fallback,omitempty"`
	// FallbackUnknown is the host:port for a server name that no route knows. Empty: it is refused.
	FallbackUnknown string `json:"fallback_unknown,omitempty"`
	// Blocked are server names whose connections are closed although there is a route, as a filter in front would do.
	Blocked []string `json:"blocked,omitempty"`
}

// DecodeConfig reads a configuration strictly: an unknown field, a trailing value or an invalid one is an error that
// names the field.
func DecodeConfig(data []byte) (Config, error) {
	var c Config
	if err := decodeStrict(data, &c); err != nil {
		return Config{}, fmt.Errorf("balancer config: %w", err)
	}
	if err := c.Validate(); err != nil {
		return Config{}, err
	}
	return c, nil
}

// DecodeListeners reads listeners as strictly as DecodeConfig. There may be none: then nothing listens any more.
func DecodeListeners(data []byte) ([]Listener, error) {
	c := Config{API: "127.0.0.1:0"}
	if err := decodeStrict(data, &c.Listeners); err != nil {
		return nil, err
	}
	if len(c.Listeners) == 0 {
		return nil, nil
	}
	return c.Listeners, c.Validate()
}

// DecodeRoutes reads one listener's routes as strictly as DecodeConfig does.
func DecodeRoutes(data []byte) (Routes, error) {
	var r Routes
	if err := decodeStrict(data, &r); err != nil {
		return Routes{}, fmt.Errorf("balancer routes: %w", err)
	}
	if err := r.validate(""); err != nil {
		return Routes{}, fmt.Errorf("balancer routes: %w", err)
	}
	return r, nil
}

func decodeStrict(data []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		if errors.Is(err, io.EOF) {
			return errors.New("it is empty; write one JSON object")
		}
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("something follows the JSON object at byte %d; write one object", d.InputOffset())
	}
	return nil
}

var listenerName = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9._-]*$`)

// Validate reports the first thing that is wrong, naming its field.
func (c Config) Validate() error {
	if err := c.validate(); err != nil {
		return fmt.Errorf("balancer config: %w", err)
	}
	return nil
}

func (c Config) validate() error {
	if err := checkAddress("api", c.API, true); err != nil {
		return err
	}
	if len(c.Listeners) == 0 {
		return errors.New("listeners: there is none; name at least one")
	}
	names, addresses := map[string]int{}, map[string]string{c.API: "api"}
	for i, l := range c.Listeners {
		field := fmt.Sprintf("listeners[%d].", i)
		if !listenerName.MatchString(l.Name) {
			return fmt.Errorf("%sname: %q is not a name; use letters, digits, '.', '_' and '-'", field, l.Name)
		}
		if j, taken := names[l.Name]; taken {
			return fmt.Errorf("%sname: %q is already the name of listeners[%d]", field, l.Name, j)
		}
		names[l.Name] = i
		if err := checkAddress(field+"listen", l.Listen, true); err != nil {
			return err
		}
		if other, taken := addresses[l.Listen]; taken && !strings.HasSuffix(l.Listen, ":0") {
			return fmt.Errorf("%slisten: %s is already taken by %s", field, l.Listen, other)
		}
		addresses[l.Listen] = field + "listen"
		if err := l.validate(field); err != nil {
			return err
		}
	}
	return nil
}

func (r Routes) validate(field string) error {
	set := 0
	for _, has := range []bool{r.Upstream != "", len(r.Upstreams) > 0, r.SNI != nil} {
		if has {
			set++
		}
	}
	if set != 1 {
		return fmt.Errorf("%supstream: %d of upstream, upstreams and sni are set; set exactly one", field, set)
	}
	for i, u := range r.Upstreams {
		if err := checkAddress(fmt.Sprintf("%supstreams[%d]", field, i), u, false); err != nil {
			return err
		}
	}
	if r.SNI != nil {
		return r.SNI.validate(field + "sni.")
	}
	if r.Upstream != "" {
		return checkAddress(field+"upstream", r.Upstream, false)
	}
	return nil
}

func (s SNI) validate(field string) error {
	if len(s.Routes) == 0 && s.Fallback == "" && s.FallbackUnknown == "" {
		return fmt.Errorf("%sroutes: there is none and no fallback; name at least one", field)
	}
	seen := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(s.Routes)) {
		at := fmt.Sprintf("%sroutes[%q]", field, name)
		bare := strings.TrimPrefix(name, "*.")
		if bare == "" || strings.ContainsAny(bare, "*: \t\r\n/") {
			return fmt.Errorf("%s: not a server name; write a name or *.suffix", at)
		}
		if other, taken := seen[strings.ToLower(name)]; taken {
			return fmt.Errorf("%s: the same name as %q, as case does not matter", at, other)
		}
		seen[strings.ToLower(name)] = name
		if err := checkAddress(at, s.Routes[name], false); err != nil {
			return err
		}
	}
	for i, name := range s.Blocked {
		if _, routed := seen[strings.ToLower(name)]; !routed {
			return fmt.Errorf("%sblocked[%d]: %q has no route; name one of routes", field, i, name)
		}
	}
	if s.Fallback != "" {
		if err := checkAddress(field+"fallback", s.Fallback, false); err != nil {
			return err
		}
	}
	if s.FallbackUnknown != "" {
		return checkAddress(field+"fallback_unknown", s.FallbackUnknown, false)
	}
	return nil
}

// checkAddress wants host:port. One that is listened on may leave out the host and have port 0.
func checkAddress(field, address string, listen bool) error {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("%s: %q is not an address; write host:port", field, address)
	}
	if host == "" && !listen {
		return fmt.Errorf("%s: %q has no host; write host:port", field, address)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 && !listen {
		return fmt.Errorf("%s: %q has no valid port; write a number from 1 to 65535", field, address)
	}
	return nil
}
