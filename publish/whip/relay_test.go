package whip_test

import (
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/pion/turn/v2"
	"github.com/pion/webrtc/v3"

	"studio/media/packet"
	"studio/publish/whip"
	"studio/publish/whip/whiptest"
)

// relays is where a TURN server's relays may be: it notes those that it gives.
type relays struct {
	turn.RelayAddressGeneratorNone
	hold func() // returns when a relay may be given

	mu    sync.Mutex
	given map[string]bool
}

func (r *relays) AllocatePacketConn(network string, port int) (net.PacketConn, net.Addr, error) {
	r.hold()
	conn, addr, err := r.RelayAddressGeneratorNone.AllocatePacketConn(network, port)
	if err == nil {
		r.mu.Lock()
		r.given[addr.String()] = true
		r.mu.Unlock()
	}
	return conn, addr, err
}

// firewall lets in only what comes from relays.
type firewall struct {
	net.PacketConn
	relays *relays
}

func (f *firewall) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		n, from, err := f.PacketConn.ReadFrom(b)
		if err != nil {
			return n, from, err
		}
		f.relays.mu.Lock()
		ok := f.relays.given[from.String()]
		f.relays.mu.Unlock()
		if ok {
			return n, from, nil
		}
	}
}

func listen(t *testing.T) net.PacketConn {
	t.Helper()
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// TestRelay: a server that can be reached by its TURN relay only. The session that does
// not connect is deleted, and asked for again with the relay's address: in the offer, or
// after it if the server takes it later.
func TestRelay(t *testing.T) {
	film := whiptest.NewFilm(t, 320, 180, "baseline")
	for _, etag := range []string{"", `"ice-1"`} {
		t.Run("etag "+etag, func(t *testing.T) {
			leaks(t)
			s := newServer(t)
			s.etag = etag
			places := &relays{
				RelayAddressGeneratorNone: turn.RelayAddressGeneratorNone{Address: "127.0.0.1"}, given: map[string]bool{},
				hold: func() {
					if etag != "" {
						s.wait("the second offer, before there is a relay", func() bool { return s.posts == 2 })
					}
				},
			}
			door := listen(t)
			relay, err := turn.NewServer(turn.ServerConfig{
				Realm:             "workshop",
				PacketConnConfigs: []turn.PacketConnConfig{{PacketConn: door, RelayAddressGenerator: places}},
				AuthHandler: func(name, realm string, _ net.Addr) ([]byte, bool) {
					return turn.GenerateAuthKey(name, realm, secret), name == "studio"
				},
			})
			if err != nil {
				t.Fatal(err)
			}
			defer relay.Close()
			s.links = []string{`<turn:` + door.LocalAddr().String() + `?transport=udp>; rel="ice-server"; username="studio"; credential="` + secret + `"; credential-type="password"`}
			s.mux = webrtc.NewICEUDPMux(nil, &firewall{listen(t), places})
			defer s.mux.Close()

			sink, err := whip.New(whip.Options{URL: s.URL + "/a/b", Bearer: secret})(t.Context(), []*packet.Stream{film.Picture})
			if err != nil {
				t.Fatal(err)
			}
			for n := range 10 {
				if err := sink.Write(film.PictureAt(n)); err != nil {
					t.Error(err)
				}
			}
			s.until("ten pictures", func() bool { return len(s.pictures) == 10 })
			if err := sink.Close(); err != nil {
				t.Error(err)
			}

			if s.posts != 2 || len(s.deleted) != 2 {
				t.Errorf("%d sessions, %d deleted; want 2 and 2", s.posts, len(s.deleted))
			}
			late := strings.Join(s.patches, "")
			if offered := strings.Contains(s.offers[1], "typ relay"); offered == (etag != "") {
				t.Errorf("the second offer has the relay's address: %v", offered)
			}
			if (etag == "") != (late == "") {
				t.Fatalf("with the entity-tag %q: told later %q", etag, late)
			}
			if etag == "" {
				return
			}
			for _, want := range []string{`"ice-1" Bearer ` + secret + "\n", "a=ice-ufrag:", "a=ice-pwd:", "m=video 9 RTP/AVP 0\r\na=mid:0\r\na=candidate:", "typ relay"} {
				if !strings.Contains(late, want) {
					t.Errorf("told later %q, which lacks %q", late, want)
				}
			}
			if !strings.HasSuffix(late, "a=end-of-candidates\r\n") {
				t.Errorf("told later %q, without an end", late)
			}
		})
	}
}
