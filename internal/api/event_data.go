package api

import (
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"rekey"
	"rekey/internal/strictjson"
)

const formType = "application/x-www-form-urlencoded"

// maxWrapped is how often JSON may be wrapped in a JSON text.
const maxWrapped = 3

// namesPeople is in a text that was meant to name system users: the field with its
// value, not only its name.
var namesPeople = regexp.MustCompile(`(?i)system[_-]?users(\[\])?["']?\s*([:=>]|\n)`)

// open sets opened. Many senders put JSON into a text, or send
// it with the content type of something else: such JSON is read, and so are the
// fields of a form. A text that was meant to name people and cannot be read is a
// problem.
func (e *cloudEvent) open(p *rekey.Problems) {
	e.opened = e.data
	text, ok := e.data.(string)
	if !ok {
		return
	}
	data, why := openText(text)
	if data != nil {
		e.opened = data
		return
	}
	if e.dataType == formType {
		if form, ok := openForm(text); ok {
			e.opened = form
			return
		}
	}
	if namesPeople.MatchString(text) {
		p.Add(e.path+"data", `This text seems to name system users, but it cannot be read. `+why+`Send JSON such as {"system_users": ["ada@example.org"]}, with the content type application/json.`)
	}
}

// openText reads the JSON object or array that a text holds; nil if it holds none.
// why says what is wrong with the JSON.
func openText(text string) (data any, why string) {
	for range maxWrapped {
		text = strings.TrimSpace(strings.TrimPrefix(text, byteOrderMark))
		if text == "" || !strings.ContainsRune(`{["`, rune(text[0])) {
			return nil, ""
		}
		if err := strictjson.Check([]byte(text)); err != nil {
			return nil, err.Error() + " "
		}
		data, err := decode([]byte(text))
		if err != nil {
			return nil, ""
		}
		inner, again := data.(string)
		if !again {
			return data, ""
		}
		text = inner
	}
	return nil, ""
}

// openForm reads a form. Some senders put JSON into its field payload.
func openForm(text string) (any, bool) {
	values, err := url.ParseQuery(strings.TrimSpace(text))
	if err != nil || !strings.Contains(text, "=") {
		return nil, false
	}
	if payload := values["payload"]; len(values) == 1 && len(payload) == 1 {
		if data, _ := openText(payload[0]); data != nil {
			return data, true
		}
	}
	form := make(map[string]any, len(values))
	for name, list := range values {
		name = strings.TrimSuffix(name, "[]")
		switch {
		case name == peopleField:
			form[name] = anyList(strings.FieldsFunc(strings.Join(list, ","), func(r rune) bool { return r == ',' || r == ' ' }))
		case len(list) == 1:
			form[name] = list[0]
		default:
			form[name] = anyList(list)
		}
	}
	return form, true
}

func anyList(texts []string) []any {
	list := make([]any, len(texts))
	for i, text := range texts {
		list[i] = text
	}
	return list
}

// peopleField is the field of the data that lists the system users involved.
const peopleField = "system_users"

// checkMisnamed refuses data that names people in a field that Rekey does not read. It
// is for events without peopleField.
func (e cloudEvent) checkMisnamed(p *rekey.Problems) {
	const advice = "Put the addresses or ids of the people into data." + peopleField + ", as a list. If the sender cannot do that, an Administrator can map the people of this source."
	for _, name := range slices.Sorted(maps.Keys(e.extensions)) {
		if ownWord(name) || foreignWord(name) {
			p.Add(e.attribute(name), advice)
		}
	}
	if list, ok := e.opened.([]any); ok && listsPeople(list, false) {
		p.Add(e.path+"data", "This list names nobody. "+advice)
	}
	data, _ := e.opened.(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(data)) {
		value := data[name]
		if ownWord(name) && value != nil || foreignWord(name) && listsPeople(value, strings.HasSuffix(plainName(name), "ids")) {
			p.Add(e.dataField(name), "This names nobody. "+advice)
			continue
		}
		within, _ := value.(map[string]any)
		inner := slices.Sorted(maps.Keys(within))
		if at := slices.IndexFunc(inner, ownWord); at >= 0 {
			p.Add(e.dataField(name+"."+inner[at]), "This names nobody, because it is not at the top level of data. "+advice)
		}
	}
}

// plainName is a name without case and separators: systemUsers and System-Users are
// the same.
func plainName(name string) string {
	return strings.NewReplacer("_", "", "-", "", " ", "", ".", "").Replace(strings.ToLower(name))
}

// ownWord reports a name that means Rekey's system users.
func ownWord(name string) bool {
	return slices.Contains([]string{"systemusers", "systemuser", "systemuserids", "systemuserid"}, plainName(name))
}

// foreignWord reports a name that may mean the people involved, or something else of
// the sender's.
func foreignWord(name string) bool {
	return slices.Contains([]string{"users", "userids", "useremails", "usernames"}, plainName(name))
}

// listsPeople reports whether a value is an address, or a list of addresses or, if ids
// may be meant, of any texts.
func listsPeople(value any, ids bool) bool {
	if text, ok := value.(string); ok {
		return strings.Contains(text, "@")
	}
	list, ok := value.([]any)
	return ok && len(list) > 0 && !slices.ContainsFunc(list, func(member any) bool {
		text, ok := member.(string)
		return !ok || !ids && !strings.Contains(text, "@")
	})
}
