package directorytest

import (
	"os"
	"strings"
	"testing"
)

// What docs/directories.md grants to Rekey's account is what the servers of the tests
// grant to it.
func TestDocumentGrantsTheRightsOfTheTests(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../../docs/directories.md")
	if err != nil {
		t.Fatal(err)
	}
	oneLine := func(text string) string { return strings.Join(strings.Fields(text), " ") }
	document := oneLine(string(text))

	var configuration strings.Builder
	err = slapdConfiguration.Execute(&configuration, map[string]string{
		"Suffix": "dc=example,dc=org", "People": "ou=people,dc=example,dc=org", "Bind": "cn=rekey,ou=services,dc=example,dc=org",
	})
	if err != nil {
		t.Fatal(err)
	}
	rules := strings.Split(configuration.String(), "\naccess ")[1:]
	found := 0
	for _, rule := range rules {
		if !strings.Contains(rule, "ou=people") {
			continue
		}
		found++
		if !strings.Contains(document, oneLine(rule)) {
			t.Errorf("the document does not have the rule: %s", rule)
		}
	}
	if found != 3 {
		t.Errorf("found %d rules about people", found)
	}
	for _, rights := range []string{sambaRights, sambaPolicyRights} {
		rights = strings.NewReplacer("%[1]s", "$SID", "%s", "$SID", "bf967aba-0de6-11d0-a285-00aa003049e2", "$USER", ")(", ")\n(").Replace(rights)
		for right := range strings.SplitSeq(rights, "\n") {
			if !strings.Contains(document, `"`+right+`"`) {
				t.Errorf("the document does not grant %s", right)
			}
		}
	}
}
