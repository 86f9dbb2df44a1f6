package rekey_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"

	"rekey"
)

// A further event type is one file with an init function and touches nothing
// else: this is one.
func init() {
	rekey.RegisterEventType(rekey.EventType{
		Name: "user.promoted", Label: "System user is promoted", When: "a system user is promoted",
		Designation: rekey.SystemOrContact, Description: "Somebody gave a system user a higher role.",
		Parameters: []rekey.Parameter{{Name: rekey.ParamSystemUser, Label: "System user", Description: "Only this one."}},
	})
}

func TestAFurtherEventTypeIsOneFile(t *testing.T) {
	t.Parallel()
	promoted, ok := rekey.FindEventType("user.promoted")
	listed := slices.ContainsFunc(rekey.EventTypes(), func(e rekey.EventType) bool { return e.Name == "user.promoted" })
	if !ok || !listed || rekey.FitOf(promoted, sending) != rekey.FitUnusual {
		t.Fatalf("found %v, listed %v, fit %s", ok, listed, rekey.FitOf(promoted, sending))
	}
	a := leaked()
	a.EventType, a.EventFilter = "user.promoted", rekey.EventFilter{User: "ada"}
	wantFields(t, a.Validate(sending))
	if !a.Matches(rekey.Event{Type: "user.promoted", Users: []string{"ada"}}) {
		t.Error("an event of it matches nothing")
	}
}

func TestTwoEventTypesOfOneNameAreRefused(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("the second took the place of the first")
		}
	}()
	rekey.RegisterEventType(rekey.EventType{Name: rekey.UserLocked})
}

func TestEveryEventTypeIsComplete(t *testing.T) {
	t.Parallel()
	var names []string
	for _, e := range rekey.EventTypes() {
		names = append(names, e.Name)
		if e.Label == "" || e.When == "" || !strings.HasSuffix(e.Description, ".") || strings.HasSuffix(e.When, ".") {
			t.Errorf("%s: label %q, when %q, description %q", e.Name, e.Label, e.When, e.Description)
		}
		if !rekey.ValidEventName(e.Name) || len(e.Parameters) == 0 {
			t.Errorf("%s has no name, or no parameters: %v", e.Name, e.Parameters)
		}
		if !slices.Contains([]rekey.Designation{rekey.SystemRelated, rekey.ContactRelated, rekey.SystemOrContact}, e.Designation) {
			t.Errorf("%s has the designation %q", e.Name, e.Designation)
		}
		for _, p := range e.Parameters {
			if p.Name == "" || p.Label == "" || p.Description == "" || !e.Has(p.Name) || e.Has(p.Name+"x") {
				t.Errorf("%s: the parameter %+v is not complete", e.Name, p)
			}
		}
		if e.External != (e.Name == rekey.External) {
			t.Errorf("%s can be posted: %v", e.Name, e.External)
		}
		stranger := e.Name == rekey.UserLocked || e.Name == rekey.PasswordResetRequested || e.Name == rekey.PasswordExpired
		if e.SetOffByStranger != stranger {
			t.Errorf("%s can be set off by a stranger: %v", e.Name, e.SetOffByStranger)
		}
	}
	want := []string{
		"automation.finished", "external", "password.expired", "password.expiring", "password.reset_requested", "password.send_requested", "schedule.reached", "user.blocked", "user.created",
		"user.locked", "user.logged_on", "user.promoted", "user.restored",
	}
	if !slices.Equal(names, want) {
		t.Errorf("the catalogue has %q, want %q", names, want)
	}
	if _, ok := rekey.FindEventType("user.vanished"); ok {
		t.Error("an event type that is none was found")
	}
}

func TestWhatFitsTogether(t *testing.T) {
	t.Parallel()
	const s, c, both = rekey.SystemRelated, rekey.ContactRelated, rekey.SystemOrContact
	tests := []struct {
		event, job rekey.Designation
		want       rekey.Fit
	}{
		{s, s, rekey.FitUsual}, {c, c, rekey.FitUsual}, {both, both, rekey.FitUsual},
		{s, both, rekey.FitUnusual}, {both, s, rekey.FitUnusual}, {c, both, rekey.FitUnusual}, {both, c, rekey.FitUnusual},
		{s, c, rekey.FitImpossible}, {c, s, rekey.FitImpossible},
	}
	for _, test := range tests {
		job := rekey.JobType{Name: "job", Designation: test.job, Offered: true}
		if got := rekey.FitOf(rekey.EventType{Designation: test.event}, job); got != test.want {
			t.Errorf("(%s) with (%s) is %s, want %s", test.event, test.job, got, test.want)
		}
		job.Offered = false
		if got := rekey.FitOf(rekey.EventType{Designation: test.event, Jobs: []string{"job"}}, job); got != rekey.FitImpossible {
			t.Errorf("a job that is not offered is %s", got)
		}
	}
	if got := rekey.FitOf(rekey.EventType{Designation: s, Jobs: []string{rekey.SendNewPassword}}, sending); got != rekey.FitRecommended {
		t.Errorf("what is recommended is %s", got)
	}
}

// The constants are read from the source, so that a further one cannot be
// forgotten.
func TestEveryReasonIsSaidInWords(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(token.NewFileSet(), "run.go", nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		if kind, ok := spec.Type.(*ast.Ident); !ok || kind.Name != "Reason" {
			return true
		}
		value, ok := spec.Values[0].(*ast.BasicLit)
		if !ok {
			t.Fatalf("%s is no literal", spec.Names[0])
		}
		code, err := strconv.Unquote(value.Value)
		if err != nil {
			t.Fatal(err)
		}
		text := rekey.Reason(code).Text()
		if strings.ContainsRune(text, '_') || strings.HasSuffix(text, ".") {
			t.Errorf("%s is said as %q", spec.Names[0], text)
		}
		if other, twice := seen[text]; twice {
			t.Errorf("%s and %s are said alike", other, code)
		}
		seen[text] = code
		return true
	})
	if len(seen) < 20 {
		t.Errorf("only %d reasons were found", len(seen))
	}
	if rekey.Reason("unheard_of").Text() != "unheard_of" {
		t.Error("an unknown reason hides its code")
	}
}
