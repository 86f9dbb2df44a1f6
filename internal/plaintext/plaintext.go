// Package plaintext finds passwords in what a program has written: answers, logs,
// databases and all files of a folder. Tests use it to show that no password is
// readable (I5).
//
// It looks for a password as it is and in the forms in which a mistake could write
// it: without hyphens, in base64 at each of the three byte offsets, in hex, and in
// UTF-16.
package plaintext

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Search finds many passwords in one pass. It is safe for concurrent use.
type Search struct {
	whose    map[string]string // by form
	lengths  []int
	longest  int
	prefixes []uint64 // a bit for each hash of the first four bytes of a form
}

// hashBits sets the size of the filter of prefixes: 2 MiB. With a hundred thousand
// forms it lets about one position in a hundred through.
const hashBits = 24

// New returns a search for the passwords that are the keys of secrets, of at least
// 8 bytes. The values name their owners.
func New(secrets map[string]string) *Search {
	s := &Search{whose: map[string]string{}, prefixes: make([]uint64, 1<<hashBits/64)}
	lengths := map[int]bool{}
	for password, whose := range secrets {
		for _, form := range forms(password) {
			s.whose[form] = whose
			lengths[len(form)] = true
			h := hash([]byte(form))
			s.prefixes[h/64] |= 1 << (h % 64)
		}
	}
	for n := range lengths {
		s.lengths = append(s.lengths, n)
		s.longest = max(s.longest, n)
	}
	return s
}

// forms are the forms in which a password could be written.
func forms(password string) []string {
	bare := hex.EncodeToString([]byte(password))
	list := []string{
		password, strings.ReplaceAll(password, "-", ""), bare, strings.ToUpper(bare),
		base64.RawStdEncoding.EncodeToString([]byte(password))[:len(password)*8/6],
	}
	// In the middle of other text base64 begins at another offset.
	for pad := 1; pad <= 2; pad++ {
		text := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat("x", pad) + password))
		list = append(list, text[4:len(text)-4])
	}
	// Both byte orders of UTF-16 contain these bytes, except for a zero at one end.
	var wide strings.Builder
	for i := range len(password) {
		if i > 0 {
			wide.WriteByte(0)
		}
		wide.WriteByte(password[i])
	}
	return append(list, wide.String())
}

func hash(b []byte) uint32 {
	word := uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
	return word * 2654435761 >> (32 - hashBits) // Knuth's multiplicative hash
}

// In returns the owner of a password in data, or "".
func (s *Search) In(data []byte) string {
	for i := 0; i+4 <= len(data); i++ {
		h := hash(data[i:])
		if s.prefixes[h/64]&(1<<(h%64)) == 0 {
			continue
		}
		for _, n := range s.lengths {
			if i+n > len(data) {
				continue
			}
			if whose, ok := s.whose[string(data[i:i+n])]; ok {
				return whose
			}
		}
	}
	return ""
}

// Files searches all files below a folder. Its error names the first file with a
// password, and the owner.
func (s *Search) Files(folder string) error {
	found := errors.New("found")
	var first error
	err := s.Each(folder, func(path, whose string) error {
		first = fmt.Errorf("a password of %s is in the file %s", whose, filepath.Base(path))
		return found
	})
	if errors.Is(err, found) {
		return first
	}
	return err
}

// Each calls report for each file below a folder that holds a password, with one
// owner, until report returns an error. It ignores files that disappear meanwhile.
func (s *Search) Each(folder string, report func(path, whose string) error) error {
	return filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) || err == nil && !entry.Type().IsRegular() {
			return nil
		}
		if err != nil {
			return err
		}
		whose, err := s.file(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil // the file has disappeared
		}
		if err != nil || whose == "" {
			return err
		}
		return report(path, whose)
	})
}

// file reads a file in overlapping parts, so it may have any size.
func (s *Search) file(path string) (whose string, err error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = file.Close() }()
	part := make([]byte, 1<<20+s.longest)
	kept := 0
	for {
		n, err := io.ReadFull(file, part[kept:])
		if whose := s.In(part[:kept+n]); whose != "" {
			return whose, nil
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return "", nil
		}
		if err != nil {
			return "", err
		}
		kept = copy(part, part[len(part)-s.longest:])
	}
}
