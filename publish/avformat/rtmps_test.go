package avformat

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"studio/publish"
)

// certificate makes one for a name, signed by a new authority, whose file it returns.
func certificate(t *testing.T, name string) (caFile string, config *tls.Config) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ca := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	caDER, err := x509.CreateCertificate(rand.Reader, ca, ca, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	leafKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	leafDER, err := x509.CreateCertificate(rand.Reader, leaf, ca, &leafKey.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	caFile = filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(caFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: caDER}), 0o644); err != nil {
		t.Fatal(err)
	}
	return caFile, &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{leafDER}, PrivateKey: leafKey}}}
}

func TestRTMPS(t *testing.T) {
	s := newServer(t, "")
	p := tenSeconds(t)
	listen := func(name string) (string, *relay) {
		caFile, config := certificate(t, name)
		l, err := tls.Listen("tcp", "127.0.0.1:0", config)
		if err != nil {
			t.Fatal(err)
		}
		return caFile, newRelay(t, l, "127.0.0.1:"+s.port)
	}
	caFile, right := listen("localhost")
	otherCA, wrong := listen("elsewhere.example")
	address := func(r *relay) string { return "rtmps://localhost:" + r.port() + "/live/" + secret }

	pushAll(t, dial(t, NetworkOptions{Address: address(right), CAFile: caFile}), p)
	var files []string
	until(t, 5*time.Second, "the recording is closed", func() bool {
		files, _ = filepath.Glob(filepath.Join(s.folder, "*.flv"))
		return len(files) == 1 && closed(files[0])
	})
	arrived(t, files[0], 300)

	for want, o := range map[string]NetworkOptions{
		"certificate is for another name": {Address: address(wrong), CAFile: otherCA},
		"certificate is not trusted":      {Address: address(right)},
	} {
		sink, err := dial(t, o)(context.Background(), p.streams)
		if err == nil {
			sink.Close()
			t.Fatalf("accepted, want %q", want)
		}
		if !strings.Contains(err.Error(), want) || !errors.Is(err, publish.ErrRefused) {
			t.Errorf("error %v, want %q", err, want)
		}
		noSecret(t, err.Error())
	}
}
