package seal

import (
	"encoding/binary"
	"fmt"
	"strconv"
)

// tinkPrefix begins a ciphertext: the byte 1, then the key's id in four bytes,
// big-endian (Tink's wire format, output prefix type TINK).
const (
	tinkPrefix    = 0x01
	tinkPrefixLen = 5
)

// sumLength is the length in bytes of Compute's result, a whole HMAC-SHA-256.
const sumLength = 32

// Seal encrypts plaintext with the primary key and binds it to associated, the ids
// of its row: for a delivery its id, then the user's. Unseal needs them in the same
// order. The result names its key and is 33 bytes longer than plaintext. It takes
// about a microsecond.
func (k *Keys) Seal(plaintext []byte, associated ...string) ([]byte, error) {
	sealed, err := k.current.Load().aead.Encrypt(plaintext, encodeAssociated(associated))
	if err != nil {
		return nil, fmt.Errorf("seal: sealing: %w", err)
	}
	return sealed, nil
}

// Unseal opens what Seal made, with the key that it names.
//
// Errors: ErrKeyMissing; ErrSealBroken if sealed was changed or was sealed for
// another row.
func (k *Keys) Unseal(sealed []byte, associated ...string) ([]byte, error) {
	id, err := KeyIDOf(sealed)
	if err != nil {
		return nil, err
	}
	ring, err := k.ringWith(id)
	if err != nil {
		return nil, err
	}
	plaintext, err := ring.aead.Decrypt(sealed, encodeAssociated(associated))
	if err != nil {
		return nil, fmt.Errorf("seal: opening a value sealed with key %s: %w", id, ErrSealBroken)
	}
	return plaintext, nil
}

// KeyIDOf returns the id of the key of a sealed value, without opening it. It
// returns ErrSealBroken for a value that Seal cannot have made.
func KeyIDOf(sealed []byte) (string, error) {
	if len(sealed) < tinkPrefixLen || sealed[0] != tinkPrefix {
		return "", fmt.Errorf("seal: %w", ErrSealBroken)
	}
	return formatID(binary.BigEndian.Uint32(sealed[1:tinkPrefixLen])), nil
}

// encodeAssociated joins the parts, each preceded by its length, so that different
// lists give different bytes.
func encodeAssociated(parts []string) []byte {
	size := 0
	for _, part := range parts {
		size += 8 + len(part)
	}
	encoded := make([]byte, 0, size)
	for _, part := range parts {
		encoded = binary.BigEndian.AppendUint64(encoded, uint64(len(part)))
		encoded = append(encoded, part...)
	}
	return encoded
}

// KeyID returns the id of the primary key of the one-way function.
func (k *Keys) KeyID() string { return k.current.Load().prfPrimary }

// Compute returns the 32 bytes of HMAC-SHA-256 over data with the named key,
// primary or retired. The verifiers of mailed passwords are made with it. It takes
// about a microsecond.
//
// Errors: ErrKeyMissing.
func (k *Keys) Compute(keyID string, data []byte) ([]byte, error) {
	ring, err := k.ringWith(keyID)
	if err != nil {
		return nil, err
	}
	id, err := strconv.ParseUint(keyID, 10, 32)
	if err != nil {
		return nil, k.missing(keyID)
	}
	function, found := ring.prf.PRFs[uint32(id)]
	if !found {
		return nil, k.missing(keyID)
	}
	sum, err := function.ComputePRF(data, sumLength)
	if err != nil {
		return nil, fmt.Errorf("seal: computing a one-way value: %w", err)
	}
	return sum, nil
}
