package directory

import (
	"strings"

	"github.com/go-ldap/ldap/v3"
)

// refusalText is a part of the text of a refusal, and what it means. The texts are
// those of the servers in English; they are not translated there.
type refusalText struct {
	part    string
	refusal Refusal
}

// refusalByText finds the refusal by the text of an answer. An unknown text is Unfit.
func refusalByText(answer *ldap.Error, texts []refusalText) Outcome {
	said := strings.ToLower(answer.Err.Error())
	for _, t := range texts {
		if strings.Contains(said, strings.ToLower(t.part)) {
			return refuse(t.refusal)
		}
	}
	return refuse(Unfit)
}
