package main

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"syscall"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/Shopify/toxiproxy/v2/toxics"
)

// noLinger is the kernel's default: a close sends what is left, then FIN. With a linger of zero seconds it sends RST.
const noLinger = -1

// setLinger sets how the client's side of a proxy's open connections is closed. toxiproxy owns those sockets and does
// not hand them out, so they are found among the process's own, by the local port. Working on a duplicate pins the
// socket: it cannot become another one between the look and the change.
func setLinger(proxy *toxiproxy.Proxy, seconds int) error {
	proxy.Lock()
	address := proxy.Listen
	proxy.Unlock()
	_, text, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("find the port of proxy %q: %w", proxy.Name, err)
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		return fmt.Errorf("find the port of proxy %q: %w", proxy.Name, err)
	}
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return fmt.Errorf("list the open sockets: %w", err)
	}
	for _, e := range entries {
		fd, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		lingerAt(fd, port, seconds)
	}
	return nil
}

// lingerAt changes the socket fd if it is an accepted connection on port; any other file is left alone.
func lingerAt(fd, port, seconds int) {
	dup, err := syscall.Dup(fd)
	if err != nil {
		return // closed since it was listed
	}
	defer syscall.Close(dup)
	local, err := syscall.Getsockname(dup)
	if err != nil || portOf(local) != port {
		return
	}
	if _, err := syscall.Getpeername(dup); err != nil {
		return // the listening socket itself, or one that ended
	}
	l := syscall.Linger{}
	if seconds >= 0 {
		l = syscall.Linger{Onoff: 1, Linger: int32(seconds)}
	}
	_ = syscall.SetsockoptLinger(dup, syscall.SOL_SOCKET, syscall.SO_LINGER, &l)
}

func portOf(a syscall.Sockaddr) int {
	switch a := a.(type) {
	case *syscall.SockaddrInet4:
		return a.Port
	case *syscall.SockaddrInet6:
		return a.Port
	}
	return -1
}

// matchLinger makes the client's side of open connections fit the proxy's toxics. toxiproxy does so only for
// connections that are opened while a reset_peer is there, and never undoes it.
func matchLinger(proxy *toxiproxy.Proxy) error {
	for _, t := range proxy.Toxics.GetToxicArray() {
		if w, ok := t.(*toxics.ToxicWrapper); ok && w.Type == "reset_peer" {
			return setLinger(proxy, 0)
		}
	}
	return setLinger(proxy, noLinger)
}
