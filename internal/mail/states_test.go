package mail

import (
	"fmt"
	"strings"
	"testing"

	"rekey"
)

// Every state that a reader can be in, with every setting: what the mail says at
// its head, of what to do, of programs, and of the old password.
func TestMailSaysWhatIsTrueOfEachReader(t *testing.T) {
	t.Parallel()
	m := offline(t)
	var table strings.Builder
	for _, tag := range []string{"en", "de", "fr", "es"} {
		for _, reader := range []rekey.UserType{rekey.TypeUI, rekey.TypeHybrid, rekey.TypeAPI} {
			for _, chosen := range []rekey.Chosen{rekey.ChosenNever, rekey.ChosenSet, rekey.ChosenRevoked} {
				for _, old := range []rekey.OldPassword{rekey.ReplaceWhenSent, rekey.KeepUntilChanged, rekey.RevokeAtOnce} {
					o := occasion()
					o.Language, o.Reader, o.Chosen, o.OldPassword = tag, reader, chosen, old
					o.EventType, o.CallsAPI = rekey.UserCreated, reader == rekey.TypeHybrid && chosen == rekey.ChosenSet
					mail := composed(t, m, o, letter(t))
					state := fmt.Sprintf("=== %s · %s · password chosen before: %s · setting: %s", tag, reader, chosen, old)
					fmt.Fprintf(&table, "%s\n%s\n", state, mail.Subject)
					w := m.templates.find(tag)
					for _, name := range []string{"made", "only", "old", "programs"} {
						var said strings.Builder
						d := m.templates.common(w)
						d.Reader, d.Chosen, d.OldPassword, d.CallsAPI, d.Address = string(reader), string(chosen), string(old), o.CallsAPI, "ada@example.org"
						if err := w.text.ExecuteTemplate(&said, name, d); err != nil {
							t.Fatal(err)
						}
						text := strings.TrimSpace(said.String())
						if !strings.Contains(mail.Text, text) {
							t.Errorf("%s: the mail does not say %q", state, text)
						}
						if text != "" {
							fmt.Fprintf(&table, "%s: %s\n", name, text)
						}
					}
					if chosen != rekey.ChosenNever {
						continue
					}
					for _, mention := range oldPasswordWords[tag] {
						if strings.Contains(mail.Text, mention) || strings.Contains(mail.HTML, mention) {
							t.Errorf("%s: it speaks of %q to somebody who never had one", state, mention)
						}
					}
				}
			}
		}
	}
	golden(t, "states.txt", table.String())
}

// Whoever's password lives in a directory reads what the mailed one opens, and what
// happens to the old one there.
func TestMailToUsersOfADirectorySaysWhatItOpens(t *testing.T) {
	t.Parallel()
	m := offline(t)
	var table strings.Builder
	for _, tag := range []string{"en", "de", "fr", "es"} {
		for _, old := range []rekey.OldPassword{rekey.KeepUntilChanged, rekey.RevokeAtOnce} {
			o := occasion()
			o.Language, o.Reader, o.OldPassword, o.Directory, o.EventType = tag, rekey.TypeUI, old, "staff", rekey.PasswordExpiring
			mail := composed(t, m, o, letter(t))
			fmt.Fprintf(&table, "=== %s · setting: %s\n%s\n", tag, old, mail.Text)
		}
	}
	golden(t, "directory.txt", table.String())
}

// oldPasswordWords are how each language speaks of the password before.
var oldPasswordWords = map[string][]string{
	"en": {"old password", "old one", "does not return", "It returns"},
	"de": {"altes Passwort", "das alte", "dem alten", "auch später nicht", "gilt das alte"},
	"fr": {"ancien mot de passe", "l’ancien", "redeviendra", "redevient"},
	"es": {"contraseña anterior", "la anterior", "volverá a ser", "Vuelve a ser"},
}
