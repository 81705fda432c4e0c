package preflight

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"syscall"
	"time"

	"studio/publish"
)

const (
	mostUploaded = 64 << 20  // bytes; a line that takes them within the time carries any broadcast
	socketBytes  = 128 << 10 // that the kernel may hold, so that the body ends near when the line has taken it
)

// upload returns how many bits a second the server took. The time runs from the
// first byte of the body until the server's answer, which comes when it has read
// the last: what lies in buffers on the way is not counted as arrived.
func (o Options) upload(ctx context.Context) (bitsPerSecond int, err error) {
	shown := publish.Redact(o.UploadURL)
	roots, err := o.roots()
	if err != nil {
		return 0, err
	}
	dialer := net.Dialer{Timeout: o.StepTimeout, Resolver: o.Resolver, Control: func(_, _ string, c syscall.RawConn) error {
		var set error
		err := c.Control(func(fd uintptr) {
			set = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_SNDBUF, socketBytes)
		})
		return errors.Join(err, set)
	}}
	transport := &http.Transport{DialContext: dialer.DialContext, TLSHandshakeTimeout: o.StepTimeout,
		TLSClientConfig: &tls.Config{RootCAs: roots}, DisableCompression: true, DisableKeepAlives: true}
	defer transport.CloseIdleConnections()
	client := http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

	span := time.Duration(o.UploadSeconds * float64(time.Second))
	ctx, cancel := context.WithTimeout(ctx, 3*o.StepTimeout+3*span)
	defer cancel()
	body := &noise{span: span, random: rand.NewChaCha8([32]byte{1})}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, o.UploadURL, body)
	if err != nil {
		return 0, fmt.Errorf("upload test %s: the address cannot be used", shown)
	}
	request.Header.Set("Content-Type", "application/octet-stream")
	response, err := client.Do(request)
	if err != nil {
		var u *url.Error // has the address in it
		if errors.As(err, &u) {
			err = u.Err
		}
		return 0, fmt.Errorf("upload test %s: %w", shown, err)
	}
	defer response.Body.Close()
	took := time.Since(body.began)
	if response.StatusCode >= 300 {
		return 0, fmt.Errorf("upload test %s: the server answered %d", shown, response.StatusCode)
	}
	if body.bytes == 0 || took <= 0 {
		return 0, fmt.Errorf("upload test %s: the server took nothing", shown)
	}
	return int(float64(body.bytes) * 8 / took.Seconds()), nil
}

// noise is what is uploaded: bytes that nobody on the way can make smaller, for as
// long as span lasts.
type noise struct {
	span   time.Duration
	random *rand.ChaCha8
	began  time.Time
	bytes  int
}

func (n *noise) Read(p []byte) (int, error) {
	if n.began.IsZero() {
		n.began = time.Now()
	}
	if n.bytes >= mostUploaded || time.Since(n.began) >= n.span {
		return 0, io.EOF
	}
	p = p[:min(len(p), 16<<10)]
	n.random.Read(p)
	n.bytes += len(p)
	return len(p), nil
}
