package srt

/*
#cgo pkg-config: srt
#include <pthread.h>
#include <string.h>
#include <arpa/inet.h>
#include <srt.h>

static void say_nothing(void *opaque, int level, const char *file, int line, const char *area, const char *message) {}

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void set_up(void) {
	srt_setloghandler(NULL, say_nothing);
	srt_setloglevel(LOG_CRIT);
	srt_startup();
}

// Its errors are kept for each thread, so each call returns its own, negated.
static int failed(int ret) { return ret == SRT_ERROR ? -srt_getlasterror(NULL) : ret; }

static int line_new(void) {
	pthread_once(&once, set_up);
	return failed(srt_create_socket());
}

static int line_set(SRTSOCKET s, int option, const void *value, int size) {
	return failed(srt_setsockflag(s, option, value, size));
}

static int line_connect(SRTSOCKET s, const uint8_t *ip, int size, uint32_t scope, uint16_t port) {
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_scope_id = scope};
	if (size == 4) {
		memcpy(&v4.sin_addr, ip, 4);
		return failed(srt_connect(s, (struct sockaddr *)&v4, sizeof v4));
	}
	memcpy(&v6.sin6_addr, ip, 16);
	return failed(srt_connect(s, (struct sockaddr *)&v6, sizeof v6));
}

static int line_send(SRTSOCKET s, const void *data, int size) { return failed(srt_sendmsg2(s, data, size, NULL)); }

typedef struct line_state {
	int unacked; // bytes
	int span_ms; // between the oldest and the newest of them
	double rtt_ms;
	int packets, lost; // in all
	int latency_ms;
} line_state;

static int line_look(SRTSOCKET s, line_state *out) {
	SRT_TRACEBSTATS stats;
	if (srt_bistats(s, &stats, 0, 1) == SRT_ERROR) return failed(SRT_ERROR);
	size_t blocks = 0, bytes = 0;
	out->span_ms = srt_getsndbuffer(s, &blocks, &bytes);
	out->unacked = bytes;
	out->rtt_ms = stats.msRTT;
	out->packets = stats.pktSentTotal;
	out->lost = stats.pktSndLossTotal;
	out->latency_ms = stats.msSndTsbPdDelay;
	return 0;
}
*/
import "C"

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"time"
	"unsafe"
)

// socket is one of libsrt's. Any goroutine may use it.
type socket C.SRTSOCKET

// state is how a socket's connection is doing.
type state int

const (
	underWay state = iota
	open
	broken
)

// newSocket makes a socket that never blocks, for a live stream.
func newSocket(s settings, limit, idle time.Duration) (socket, error) {
	id := C.line_new()
	if id < 0 {
		return 0, failure("make a socket", id)
	}
	n := socket(id)
	var err error
	flag := func(option C.SRT_SOCKOPT, value int32) {
		if err == nil {
			err = n.set(option, unsafe.Pointer(&value), 4)
		}
	}
	long := func(option C.SRT_SOCKOPT, value int64) {
		if err == nil {
			err = n.set(option, unsafe.Pointer(&value), 8)
		}
	}
	text := func(option C.SRT_SOCKOPT, value string) {
		if err == nil && value != "" {
			err = n.set(option, unsafe.Pointer(unsafe.StringData(value)), len(value))
		}
	}
	flag(C.SRTO_TRANSTYPE, C.SRTT_LIVE) // first: it sets others
	flag(C.SRTO_SNDSYN, 0)
	flag(C.SRTO_RCVSYN, 0) // connecting as well
	flag(C.SRTO_SENDER, 1)
	flag(C.SRTO_PAYLOADSIZE, int32(s.payload))
	flag(C.SRTO_PEERLATENCY, int32(s.latency.Milliseconds()))
	flag(C.SRTO_SNDDROPDELAY, -1) // nothing is dropped in here, and so taken for delivered
	flag(C.SRTO_CONNTIMEO, int32(limit.Milliseconds()))
	flag(C.SRTO_PEERIDLETIMEO, int32(idle.Milliseconds()))
	long(C.SRTO_MAXBW, s.maxBandwidth)
	if s.maxBandwidth == 0 {
		long(C.SRTO_INPUTBW, s.inputBandwidth)
		if s.overhead > 0 {
			flag(C.SRTO_OHEADBW, int32(s.overhead))
		}
	}
	text(C.SRTO_STREAMID, s.streamID)
	text(C.SRTO_PASSPHRASE, s.passphrase)
	if s.keyBytes > 0 {
		flag(C.SRTO_PBKEYLEN, int32(s.keyBytes))
	}
	if err != nil {
		n.close()
	}
	return n, err
}

func (s socket) set(option C.SRT_SOCKOPT, value unsafe.Pointer, bytes int) error {
	if code := C.line_set(C.SRTSOCKET(s), C.int(option), value, C.int(bytes)); code < 0 {
		return failure(fmt.Sprintf("set option %d", option), code)
	}
	return nil
}

// connect begins to connect.
func (s socket) connect(to netip.AddrPort) error {
	ip := to.Addr().AsSlice()
	if code := C.line_connect(C.SRTSOCKET(s), (*C.uint8_t)(unsafe.Pointer(&ip[0])), C.int(len(ip)), scope(to.Addr().Zone()), C.uint16_t(to.Port())); code < 0 {
		return failure("connect", code)
	}
	return nil
}

// scope is the number of an interface that a link-local address names.
func scope(zone string) C.uint32_t {
	if zone == "" {
		return 0
	}
	if n, err := strconv.ParseUint(zone, 10, 32); err == nil {
		return C.uint32_t(n)
	}
	i, err := net.InterfaceByName(zone)
	if err != nil {
		return 0
	}
	return C.uint32_t(i.Index)
}

func (s socket) state() state {
	switch C.srt_getsockstate(C.SRTSOCKET(s)) {
	case C.SRTS_CONNECTED:
		return open
	case C.SRTS_INIT, C.SRTS_OPENED, C.SRTS_CONNECTING:
		return underWay
	}
	return broken
}

// reason is why a connection was not made (srt_getrejectreason).
func (s socket) reason() int { return int(C.srt_getrejectreason(C.SRTSOCKET(s))) }

// look returns what is not acknowledged yet, between the oldest and the newest of
// it, and what was lost in all; false: the connection is gone.
func (s socket) look() (l look, ok bool) {
	var c C.line_state
	if C.line_look(C.SRTSOCKET(s), &c) < 0 {
		return look{}, false
	}
	return look{
		unacked: int(c.unacked), span: time.Duration(c.span_ms) * time.Millisecond, rtt: time.Duration(float64(c.rtt_ms) * float64(time.Millisecond)),
		packets: int(c.packets), lost: int(c.lost), latency: time.Duration(c.latency_ms) * time.Millisecond,
	}, true
}

// look is how a connection was doing at a moment.
type look struct {
	unacked int           // bytes
	span    time.Duration // between the oldest and the newest of them
	rtt     time.Duration
	packets int // sent in all, those that were sent again among them
	lost    int // of those, in all
	latency time.Duration
}

// send hands a packet over; full: there is no room for it.
func (s socket) send(data []byte) (full bool, err error) {
	code := C.line_send(C.SRTSOCKET(s), unsafe.Pointer(&data[0]), C.int(len(data)))
	switch {
	case code >= 0:
		return false, nil
	case code == -C.SRT_EASYNCSND:
		return true, nil
	}
	return false, failure("send", code)
}

func (s socket) close() { C.srt_close(C.SRTSOCKET(s)) }

func failure(what string, code C.int) error {
	return fmt.Errorf("%s: %s", what, C.GoString(C.srt_strerror(-code, 0)))
}
