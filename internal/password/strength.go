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
	// strengthFloor is the lowest score that Modern accepts: zxcvbn estimates at
	// least 10^10 guesses.
	strengthFloor = 3

	// estimatedLength is how many characters of a candidate are judged. The time of
	// the estimate grows faster than the square of the length, so a long text could
	// keep a core busy.
	estimatedLength = 48

	// fewCharacters is how many different characters a text needs to be judged at
	// all. The estimate recognises repetition of single ASCII characters only.
	fewCharacters = 5
)

// Strength estimates how hard candidate is to guess for somebody who knows the
// system user: 0 (among the first guesses) to 4 (strong), as zxcvbn does it
// (Wheeler, "zxcvbn: Low-Budget Password Strength Estimation", USENIX Security
// 2016). A long candidate is judged by its first 48 characters. It takes about
// a millisecond, and some tens of them for a text made to be slow.
func Strength(candidate rekey.Secret, subject Subject) int {
	return strength(Normalize(candidate).Reveal(), subject.avoid())
}

func strength(text string, avoid []string) int {
	if !utf8.ValidString(text) {
		return 0
	}
	characters := []rune(text)
	unit := characters[:period(characters)]
	characters = unit[:min(len(unit), estimatedLength)]
	if distinct(characters) < fewCharacters {
		return 0
	}
	text = string(characters)
	known := append([]string{product}, avoid...)
	score := estimate(text, known)
	for _, spelling := range plainSpellings(text) {
		score = min(score, estimate(spelling, known))
	}
	return score
}

// estimate leaves out zxcvbn's own search for look-alike spellings. It tries all
// combinations, which takes a tenth of a second for two dozen well-chosen
// characters. plainSpellings replaces it.
func estimate(text string, known []string) int {
	return zxcvbn.PasswordStrength(text, known, matching.FilterL33tMatcher).Score
}

var (
	plain = strings.NewReplacer("4", "a", "@", "a", "8", "b", "(", "c", "3", "e", "6", "g", "9", "g",
		"1", "i", "!", "i", "|", "i", "0", "o", "$", "s", "5", "s", "7", "t", "+", "t", "%", "x", "2", "z")
	plainL = strings.NewReplacer("1", "l", "!", "l", "|", "l")
)

// plainSpellings returns text with look-alikes replaced by letters: 1, ! and |
// become i and, in a second text, l.
func plainSpellings(text string) []string {
	var spellings []string
	if spelling := plain.Replace(text); spelling != text {
		spellings = append(spellings, spelling)
	}
	if withL := plainL.Replace(text); withL != text {
		spellings = append(spellings, plain.Replace(withL))
	}
	return spellings
}

// period returns the length of the shortest beginning whose repetition gives text,
// the last one perhaps cut off; len(text) if there is none.
func period(text []rune) int {
	// It is the length less that of the longest beginning that is also an end
	// (Knuth, Morris, Pratt).
	border := make([]int, len(text)+1)
	length := 0
	for i := 1; i < len(text); i++ {
		for length > 0 && text[i] != text[length] {
			length = border[length]
		}
		if text[i] == text[length] {
			length++
		}
		border[i+1] = length
	}
	shortest := len(text) - border[len(text)]
	if 2*shortest > len(text) {
		return len(text)
	}
	return shortest
}

func distinct(characters []rune) int {
	seen := make(map[rune]struct{}, len(characters))
	for _, c := range characters {
		seen[c] = struct{}{}
	}
	return len(seen)
}

// common is the set of the most common passwords, in lower case. zxcvbn spreads its
// list of 10,000 over several lists: a word that ranks higher as a name or an
// English word is only there ("michael", "welcome"). So common is the union of all
// lists, some 85,000 words. A single name or word is as bad a password as a listed
// one.
var common = sync.OnceValue(func() map[string]struct{} {
	words := make(map[string]struct{}, 1<<17)
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
