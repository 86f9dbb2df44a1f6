package password

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
)

// Params is the cost of Argon2id. The zero value is the default of the OWASP
// Password Storage Cheat Sheet: 19 MiB, two passes, one thread.
type Params struct {
	// Memory in KiB, at least 8 for each thread, at most 1 GiB. Default 19,456.
	Memory uint32
	// Time is the number of passes, 1 to 64. Default 2.
	Time uint32
	// Threads, 1 to 16. Default 1.
	Threads uint8
}

// Limits of a stored string, so that a damaged database cannot exhaust the machine.
const (
	maxMemory  = 1 << 20 // KiB
	maxTime    = 64
	maxThreads = 16

	saltLength, minSalt, maxSalt = 16, 8, 64 // bytes
	hashLength, minHash, maxHash = 32, 16, 64
)

func (p Params) withDefaults() Params {
	if p.Memory == 0 {
		p.Memory = 19 * 1024
	}
	if p.Time == 0 {
		p.Time = 2
	}
	if p.Threads == 0 {
		p.Threads = 1
	}
	return p
}

func (p Params) valid() bool {
	return p.Time >= 1 && p.Time <= maxTime && p.Threads >= 1 && p.Threads <= maxThreads &&
		p.Memory >= 8*uint32(p.Threads) && p.Memory <= maxMemory
}

// phc is a verifier in the PHC string format:
//
//	$argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>
//
// Source: github.com/P-H-C/phc-string-format, phc-sf-spec.md.
type phc struct {
	params Params
	salt   []byte
	hash   []byte
}

func (v phc) String() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version,
		v.params.Memory, v.params.Time, v.params.Threads,
		base64.RawStdEncoding.EncodeToString(v.salt), base64.RawStdEncoding.EncodeToString(v.hash))
}

// parsePHC accepts only what String writes, within the limits above.
func parsePHC(text string) (phc, error) {
	fields := strings.Split(text, "$")
	if len(fields) != 6 || fields[0] != "" || fields[1] != "argon2id" || fields[2] != "v="+strconv.Itoa(argon2.Version) {
		return phc{}, ErrMalformed
	}
	costs := strings.Split(fields[3], ",")
	if len(costs) != 3 {
		return phc{}, ErrMalformed
	}
	memory, okMemory := cost(costs[0], "m=", maxMemory)
	time, okTime := cost(costs[1], "t=", maxTime)
	threads, okThreads := cost(costs[2], "p=", maxThreads)
	salt, okSalt := decodeBase64(fields[4])
	hash, okHash := decodeBase64(fields[5])
	v := phc{Params{Memory: memory, Time: time, Threads: uint8(threads)}, salt, hash}
	if !okMemory || !okTime || !okThreads || !okSalt || !okHash || !v.params.valid() ||
		len(salt) < minSalt || len(salt) > maxSalt || len(hash) < minHash || len(hash) > maxHash {
		return phc{}, ErrMalformed
	}
	return v, nil
}

// cost reads a decimal number without sign or leading zero.
func cost(field, prefix string, limit uint64) (uint32, bool) {
	digits, found := strings.CutPrefix(field, prefix)
	if !found || digits == "" || digits[0] < '1' || digits[0] > '9' {
		return 0, false
	}
	n, err := strconv.ParseUint(digits, 10, 32)
	return uint32(n), err == nil && n <= limit
}
