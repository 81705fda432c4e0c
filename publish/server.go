package publish

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync/atomic"
	"time"
)

// Server is a name that may stand for several addresses, which are tried in turn.
// It must not be copied.
type Server struct {
	Name     string
	Resolver *net.Resolver // nil is the system's

	failures atomic.Uint32
}

// Address looks the name up and returns the address that is due, IPv4 first. The
// error is an *Error whose sentences name the server only, or that of ctx when it
// has ended. Libraries would look the name up themselves, without a time-out, and
// nothing could interrupt them.
func (s *Server) Address(ctx context.Context, within time.Duration) (string, error) {
	resolver := s.Resolver
	if resolver == nil {
		resolver = net.DefaultResolver
	}
	limited, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	found, err := resolver.LookupIPAddr(limited, s.Name) // LookupHost would not end with its context
	var dns *net.DNSError
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case errors.As(err, &dns) && dns.IsNotFound:
		return "", &Error{Fault: NoSuchName, Text: Text{En: fmt.Sprintf("no server has the name %q", s.Name), Zh: fmt.Sprintf("没有名为“%s”的服务器", s.Name)}}
	case err != nil:
		return "", &Error{Fault: NoNameService, Text: Text{
			En: fmt.Sprintf("the name %q cannot be looked up: is the network there?", s.Name),
			Zh: fmt.Sprintf("查不到名称“%s”：网络通吗？", s.Name),
		}}
	}
	slices.SortStableFunc(found, func(a, b net.IPAddr) int { // IPv4 first: it is the one that works where only one does
		return len(b.IP.To4()) - len(a.IP.To4())
	})
	return found[int(s.failures.Load())%len(found)].String(), nil
}

// Failed says that an attempt at the address came to nothing: the next one goes to
// the next address.
func (s *Server) Failed() { s.failures.Add(1) }
