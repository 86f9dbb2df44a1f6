package main

import (
	"os"
	"path/filepath"
	"testing"
)

// It fails when a page uses a style of Tabler that was cut away, and when the sheet has
// one that no page uses.
func TestStylesAreWhatThePagesUse(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..")
	want, err := cutTabler(root)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(root, cutSheet))
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s does not fit the pages any more: run `make styles`", cutSheet)
	}
}

func TestCut(t *testing.T) {
	t.Parallel()
	const head = "/* Cut down to what the pages use: make styles. */\n"
	words := map[string]bool{"card": true, "main": true, "type": true, "w-1": true}
	for claim, test := range map[string]struct{ sheet, ours, want string }{
		"a used class stays, another goes":           {`.card{a:1}.toast{a:1}`, "", ".card{a:1}\n"},
		"a selector of a list goes by itself":        {`.toast,.card>b{a:1}`, "", ".card>b{a:1}\n"},
		"each part of a selector must be used":       {`.card .toast{a:1}`, "", ""},
		"so must ids and attributes":                 {`#main,#side,[type="x"],[role]{a:1}`, "", "#main,[type=\"x\"]{a:1}\n"},
		"an element stays, used or not":              {`kbd{a:1}`, "", "kbd{a:1}\n"},
		"an alternative does not count":              {`.card:is(.toast,b):not(.x:has(.y)){a:1}`, "", ".card:is(.toast,b):not(.x:has(.y)){a:1}\n"},
		"a dot in a value is no class":               {`[type=".toast"]{a:1}`, "", "[type=\".toast\"]{a:1}\n"},
		"an escaped name counts up to the escape":    {`.w-1\/2,.w-3\/4{a:1}`, "", ".w-1\\/2{a:1}\n"},
		"a query without rules goes":                 {`@media print{.toast{a:1}}@media print{.card{a:1}}`, "", "@media print{\n.card{a:1}\n}\n"},
		"strings may hold braces and semicolons":     {`.card{a:url("x;}{");b:'\'}'}`, "", ".card{a:url(\"x;}{\");b:'\\'}'}\n"},
		"an unread property goes":                    {`.card{--x:1;a:1}`, "", ".card{a:1}\n"},
		"a property that is read stays":              {`.card{--x:1;a:var(--x)}`, "", ".card{--x:1;a:var(--x)}\n"},
		"also one that has another value to fall on": {`.card{--x:1;a:var(--x,2)}`, "", ".card{--x:1;a:var(--x,2)}\n"},
		"also one that our styles read":              {`.card{--x:1}`, "a{b:var(--x)}", ".card{--x:1}\n"},
		"one that only unread ones read goes, too":   {`.card{--x:1;--y:var(--x);a:1}`, "", ".card{a:1}\n"},
		"a longer name is another property":          {`.card{--x:1;a:var(--xx)}`, "", ".card{a:var(--xx)}\n"},
		"an unused animation goes":                   {`@keyframes spin{to{a:1}}`, "", ""},
		"a used animation stays":                     {`@keyframes spin{to{a:1}}.card{animation:1s spin}`, "", "@keyframes spin{\nto{a:1}\n}\n.card{animation:1s spin}\n"},
		"the description of an unread property goes": {`@property --x{syntax:"*"}@property --y{a:1}b{c:var(--y)}`, "", "@property --y{a:1}\nb{c:var(--y)}\n"},
	} {
		if got := cut(test.sheet, test.ours, words); got != head+"\n"+test.want {
			t.Errorf("%s: %q, want %q", claim, got, test.want)
		}
	}
	if got, want := cut("@charset \"UTF-8\";/*! MIT */b{a:1}/* c */", "", nil), head+"/*! MIT */\nb{a:1}\n"; got != want {
		t.Errorf("the licence stays: %q, want %q", got, want)
	}
}
