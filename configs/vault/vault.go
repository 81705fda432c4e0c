// Package vault keeps stream keys encrypted on the disk. The key that opens them
// is bound to the box: systemd gives it as a credential, which can be sealed to
// the machine's TPM, or it lies in a file of its own that only the studio's user
// may read. A copy of the vault alone, in a backup or on a stolen stick, opens
// nothing.
//
// The vault's file is one line, "studio-vault-1 " and base64 of a nonce of 12
// bytes followed by AES-256-GCM of a JSON object from destination to secret, with
// the words before it as additional data.
package vault

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"studio/configs/atomic"
	"studio/words"
)

// Credential is the name under which systemd gives the key (LoadCredential= or
// LoadCredentialEncrypted=): any 16 bytes or more.
const Credential = "studio-key"

const (
	form      = "studio-vault-1 "
	keySize   = 32
	vaultFile = "keys.vault"
	keyFile   = "box.key"
)

// ErrLocked means that the vault's file cannot be opened with this box's key: it
// comes from another box, or it is damaged. The stored keys have to be typed anew.
var ErrLocked = words.New("the stored stream keys cannot be opened with this box's key: they come from another box or are damaged; store them anew",
	"保存的推流密钥打不开（来自别的设备，或已损坏），请重新填写密钥")

// Vault is the stored secrets. Anybody may call it.
type Vault struct {
	path string
	seal cipher.AEAD

	mu      sync.Mutex
	secrets map[string]entry
}

// entry is a Secret in the form in which it is encrypted.
type entry struct {
	Address string `json:"address,omitempty"`
	Key     string `json:"key,omitempty"`
	Bearer  string `json:"bearer,omitempty"`
}

// Open opens the vault in folder, which is made if need be. credentials is the
// folder in which systemd puts credentials, "" outside of systemd. With ErrLocked
// the vault is empty and usable; the file that could not be opened is kept as the
// version before when something is stored.
func Open(folder, credentials string) (*Vault, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("folder for stream keys: %w", err)
	}
	key, err := boxKey(folder, credentials)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("open the stored stream keys: %w", err)
	}
	v := &Vault{path: filepath.Join(folder, vaultFile), secrets: make(map[string]entry)}
	if v.seal, err = cipher.NewGCM(block); err != nil {
		return nil, fmt.Errorf("open the stored stream keys: %w", err)
	}
	return v, v.read()
}

// Peek returns all that is stored in folder, as Open and All would, and changes
// nothing there: a key that is not there yet is not made.
func Peek(folder, credentials string) ([]Secret, error) {
	if !exists(filepath.Join(folder, vaultFile)) {
		return nil, nil
	}
	if !exists(filepath.Join(folder, keyFile)) && (credentials == "" || !exists(filepath.Join(credentials, Credential))) {
		return nil, ErrLocked
	}
	v, err := Open(folder, credentials)
	if err != nil {
		return nil, err
	}
	return v.All(), nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

// boxKey returns the key that is bound to this box.
func boxKey(folder, credentials string) ([]byte, error) {
	if credentials != "" {
		given, err := os.ReadFile(filepath.Join(credentials, Credential))
		if err == nil && len(given) < 16 {
			return nil, fmt.Errorf("credential %s: it must be at least 16 bytes long", Credential)
		}
		if err == nil {
			key := sha256.Sum256(given)
			return key[:], nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("credential %s: %w", Credential, err)
		}
	}
	path := filepath.Join(folder, keyFile)
	key, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		key = make([]byte, keySize)
		rand.Read(key) // never fails
		return key, atomic.Write(path, key, 0o600)
	}
	if err != nil {
		return nil, fmt.Errorf("the box's key: %w", err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("the box's key: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("the box's key: others may read %s; allowed: mode 0600 (chmod 600 %s)", path, path)
	}
	if len(key) != keySize {
		return nil, fmt.Errorf("the box's key: %s is not %d bytes long; if it is lost, remove it and store the stream keys anew", path, keySize)
	}
	return key, nil
}

func (v *Vault) read() error {
	data, err := os.ReadFile(v.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the stored stream keys: %w", err)
	}
	text, ok := strings.CutPrefix(string(data), form)
	sealed, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	if !ok || err != nil || len(sealed) < v.seal.NonceSize() {
		return ErrLocked
	}
	nonce, body := sealed[:v.seal.NonceSize()], sealed[v.seal.NonceSize():]
	plain, err := v.seal.Open(nil, nonce, body, []byte(form))
	if err != nil {
		return ErrLocked
	}
	secrets := make(map[string]entry)
	if json.Unmarshal(plain, &secrets) != nil {
		return ErrLocked
	}
	v.secrets = secrets
	return nil
}

// Get returns a destination's secret, empty if none is stored.
func (v *Vault) Get(destination string) Secret {
	v.mu.Lock()
	defer v.mu.Unlock()
	e := v.secrets[destination]
	return Secret(e)
}

// All returns every secret, in no order.
func (v *Vault) All() []Secret {
	v.mu.Lock()
	defer v.mu.Unlock()
	list := make([]Secret, 0, len(v.secrets))
	for _, e := range v.secrets {
		list = append(list, Secret(e))
	}
	return list
}

// Set stores a destination's secret, an empty one removes it, and returns when it
// is on the disk. On an error the one before stays.
func (v *Vault) Set(destination string, s Secret) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	before, had := v.secrets[destination]
	if s.Empty() {
		delete(v.secrets, destination)
	} else {
		v.secrets[destination] = entry(s)
	}
	err := v.write()
	if err != nil {
		delete(v.secrets, destination)
		if had {
			v.secrets[destination] = before
		}
	}
	return err
}

func (v *Vault) write() error {
	plain, err := json.Marshal(v.secrets)
	if err != nil {
		return errors.New("store stream keys: they cannot be put into JSON")
	}
	nonce := make([]byte, v.seal.NonceSize())
	rand.Read(nonce) // never fails
	sealed := v.seal.Seal(nonce, nonce, plain, []byte(form))
	return atomic.Write(v.path, []byte(form+base64.StdEncoding.EncodeToString(sealed)+"\n"), 0o600)
}
