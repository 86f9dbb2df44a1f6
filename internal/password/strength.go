package password

import (
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/ccojocar/zxcvbn-go"
	"github.com/ccojocar/zxcvbn-go/frequency"
	"github.com/ccojocar/zxcvbn-go/matching"

	"rekey"
)

const (
	// strengthFloor is the least score that Modern takes: at least 10^10
	// guesses by the estimate of zxcvbn.
	strengthFloor = 3

	// The estimate takes time that grows with the square of the length, and
	// with the product of the look-alike spellings in it ("@" for "a"), so
	// that an adversary could choose a text to keep a core busy. Only the
	// beginning is looked at, and only a short text is looked at for
	// look-alike spellings: a longer one needs no such help to be judged.
	estimatedLength = 48 // characters
	leetLength      = 24 // characters
)

// Strength estimates how hard candidate is to guess for somebody who knows the
// system user: 0 (among the first guesses) to 4 (strong), as zxcvbn does it
// (Wheeler, "zxcvbn: Low-Budget Password Strength Estimation", USENIX Security
// 2016). A long candidate is judged by its first 48 characters. It takes up to
// a few milliseconds.
func Strength(candidate rekey.Secret, subject Subject) int {
	return strength(Normalize(candidate).Reveal(), subject.avoid())
}

func strength(text string, avoid []string) int {
	if !utf8.ValidString(text) {
		return 0
	}
	text = firstCharacters(text, estimatedLength)
	known := append([]string{product}, avoid...)
	if utf8.RuneCountInString(text) > leetLength {
		return zxcvbn.PasswordStrength(text, known, matching.FilterL33tMatcher).Score
	}
	return zxcvbn.PasswordStrength(text, known).Score
}

// firstCharacters returns at most n characters of text.
func firstCharacters(text string, n int) string {
	for i := range text {
		if n == 0 {
			return text[:i]
		}
		n--
	}
	return text
}

// common is the set of the most common passwords, in lower case. zxcvbn's list
// of the 10,000 most common ones is spread over its lists: a word that ranks
// higher among names or English words is found there and left out here ("michael"
// is a name, "welcome" a word). So the union of all of them is taken: a name or
// a word on its own is as bad a password as any on the list.
var common = sync.OnceValue(func() map[string]struct{} {
	words := make(map[string]struct{}, 1<<16)
	for _, list := range frequency.Lists {
		for _, word := range list.List {
			words[strings.ToLower(word)] = struct{}{}
		}
	}
	return words
})

func isCommon(text string) bool {
	_, found := common()[fold(strings.TrimSpace(text))]
	return found
}
