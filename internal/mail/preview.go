package mail

import (
	"strings"

	"rekey/internal/engine"
)

// noPassword stands in a sample. It has the form of a password, and is not one.
const noPassword = "SAMPLE-SAMPLE-SAMPLE-SAMPLE"

// preview fills the sample in without encoding. A sample that no message can
// be sent to is shown with what it has.
func (r *rendered) preview(sample engine.Letter) (subject, text, html string) {
	f := &form{Zone: r.settings.TimeZone, Dates: r.words.dates, Hello: r.words.hello}
	v := filled{name: shownName(sample.Name), address: printable(sample.To), password: sample.Password.Reveal()}
	if v.password == "" {
		v.password = noPassword
	}
	if !sample.ValidUntil.IsZero() {
		v.until, v.zone = f.Dates.format(sample.ValidUntil.In(zoneOf(sample.TimeZone, f.Zone)))
	}
	join := func(parts []part, as encoding) string {
		var b strings.Builder
		for _, p := range parts {
			if p.slot == "" {
				b.WriteString(p.text)
			} else {
				b.WriteString(f.text(p.slot, as, &v))
			}
		}
		return b.String()
	}
	return r.subject, join(r.text, asText), join(r.html, asHTML)
}
