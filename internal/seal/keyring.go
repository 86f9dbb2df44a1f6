package seal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/prf"
	tinkpb "github.com/tink-crypto/tink-go/v2/proto/tink_go_proto"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// keyring is the content of the file at one reading. It never changes. Its
// primitives are made once, because making them costs more than using them.
type keyring struct {
	aeadKeys, prfKeys *keyset.Handle
	aead              tink.AEAD
	prf               *prf.Set
	prfPrimary        string
	ids               []KeyID
	known             map[string]struct{}
}

// file is the layout of the key file.
type file struct {
	AEAD json.RawMessage `json:"aead"`
	PRF  json.RawMessage `json:"prf"`
}

func newKeyring() (*keyring, error) {
	aeadKeys, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, fmt.Errorf("seal: making a key: %w", err)
	}
	prfKeys, err := keyset.NewHandle(prf.HMACSHA256PRFKeyTemplate())
	if err != nil {
		return nil, fmt.Errorf("seal: making a key: %w", err)
	}
	return prepare(aeadKeys, prfKeys)
}

func prepare(aeadKeys, prfKeys *keyset.Handle) (*keyring, error) {
	r := &keyring{aeadKeys: aeadKeys, prfKeys: prfKeys, known: map[string]struct{}{}}
	var err error
	if r.aead, err = aead.New(aeadKeys); err != nil {
		return nil, fmt.Errorf("keyset aead: %w", err)
	}
	if r.prf, err = prf.NewPRFSet(prfKeys); err != nil {
		return nil, fmt.Errorf("keyset prf: %w", err)
	}
	r.prfPrimary = formatID(r.prf.PrimaryID)
	for _, set := range []struct {
		use    string
		handle *keyset.Handle
	}{{"aead", aeadKeys}, {"prf", prfKeys}} {
		for i := range set.handle.Len() {
			entry, err := set.handle.Entry(i)
			if err != nil {
				return nil, fmt.Errorf("keyset %s: %w", set.use, err)
			}
			if entry.KeyStatus() != keyset.Enabled {
				continue
			}
			id := KeyID{ID: formatID(entry.KeyID()), Use: set.use, Primary: entry.IsPrimary()}
			r.ids = append(r.ids, id)
			r.known[id.ID] = struct{}{}
		}
	}
	return r, nil
}

// rotated returns a keyring with a new primary key in both keysets. The new ids
// differ from all others.
func (r *keyring) rotated() (*keyring, error) {
	aeadKeys, err := withNewPrimary(r.aeadKeys, aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, err
	}
	prfKeys, err := withNewPrimary(r.prfKeys, prf.HMACSHA256PRFKeyTemplate())
	if err != nil {
		return nil, err
	}
	return prepare(aeadKeys, prfKeys)
}

func withNewPrimary(handle *keyset.Handle, template *tinkpb.KeyTemplate) (*keyset.Handle, error) {
	manager := keyset.NewManagerFromHandle(handle)
	id, err := manager.Add(template)
	if err != nil {
		return nil, fmt.Errorf("seal: adding a key: %w", err)
	}
	if err := manager.SetPrimary(id); err != nil {
		return nil, fmt.Errorf("seal: adding a key: %w", err)
	}
	return manager.Handle()
}

func (r *keyring) keyIDs() []KeyID { return r.ids }

func (r *keyring) has(id string) bool {
	_, found := r.known[id]
	return found
}

func (r *keyring) encode() ([]byte, error) {
	aeadJSON, err := encodeKeyset(r.aeadKeys)
	if err != nil {
		return nil, err
	}
	prfJSON, err := encodeKeyset(r.prfKeys)
	if err != nil {
		return nil, err
	}
	return json.MarshalIndent(file{aeadJSON, prfJSON}, "", "  ")
}

func encodeKeyset(handle *keyset.Handle) (json.RawMessage, error) {
	var buffer bytes.Buffer
	if err := insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&buffer)); err != nil {
		return nil, fmt.Errorf("seal: encoding a keyset: %w", err)
	}
	return buffer.Bytes(), nil
}

// decodeKeyring names the part that is wrong. It leaves out the parser's error,
// which might quote a key.
func decodeKeyring(data []byte) (*keyring, error) {
	var f file
	if err := json.Unmarshal(data, &f); err != nil {
		return nil, errors.New("it is not JSON")
	}
	aeadKeys, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(f.AEAD)))
	if err != nil {
		return nil, errors.New(`"aead" is not a Tink keyset`)
	}
	prfKeys, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(f.PRF)))
	if err != nil {
		return nil, errors.New(`"prf" is not a Tink keyset`)
	}
	ring, err := prepare(aeadKeys, prfKeys)
	if err != nil {
		return nil, errors.New("its keys are of another kind")
	}
	return ring, nil
}

func formatID(id uint32) string { return strconv.FormatUint(uint64(id), 10) }
