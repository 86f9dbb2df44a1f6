package selection

import (
	"strings"

	"rekey"
)

// writtenText returns a constant as the texts of a field are written, so that it can
// match, or what is wrong with it. op is how it is compared: StartsWith, EndsWith and
// Contains take a part of the text, all others the whole text. Rows are saved like this,
// and CEL is warned about.
func writtenText(field, text string, op Operator) (right, problem string) {
	whole := methods[op] == ""
	switch field {
	case "email":
		if whole {
			return writtenAddress(text)
		}
		return writtenPart(field, text, op), ""
	case "domain":
		if whole {
			return writtenDomain(text)
		}
		return writtenPart(field, text, op), ""
	case "status":
		return writtenChoice(text, whole, []string{string(rekey.UserActive), string(rekey.UserBlocked)})
	}
	for _, f := range rekey.UserFields() {
		switch {
		case f.Name != field:
		case f.Values != nil:
			return writtenChoice(text, whole, f.Values)
		case whole && f.Typed(text) != "":
			return f.Typed(text), f.Wrong(f.Typed(text))
		case whole:
			return "", ""
		default:
			return writtenPart(field, text, op), ""
		}
	}
	if whole { // an attribute
		return rekey.TypedText(text), ""
	}
	return writtenPart(field, text, op), ""
}

func writtenAddress(text string) (right, problem string) {
	if key := rekey.AddressKey(text); rekey.IsAddressKey(key) {
		return key, ""
	}
	return text, "Give an email address such as ada@example.org."
}

func writtenDomain(text string) (right, problem string) {
	text = rekey.TypedText(text)
	if domain, found := domainOf(strings.TrimPrefix(text, "@")); found {
		return domain, ""
	}
	return text, "Give a domain such as example.org."
}

// domainOf returns a domain in ASCII, in lower case.
func domainOf(text string) (string, bool) {
	key := rekey.AddressKey("x@" + text)
	_, domain, found := strings.Cut(key, "@")
	return domain, found && rekey.IsAddressKey(key)
}

func writtenChoice(text string, whole bool, values []string) (right, problem string) {
	right = strings.ToLower(rekey.TypedText(text))
	for _, value := range values {
		if value == right || !whole && strings.Contains(value, right) {
			return right, ""
		}
	}
	return text, rekey.ChooseFrom(values)
}

// writtenPart returns a part of a text: blanks at its ends count, invisible characters
// do not.
func writtenPart(field, text string, op Operator) string {
	const edge = "|"
	part := strings.TrimSuffix(strings.TrimPrefix(rekey.TypedText(edge+text+edge), edge), edge)
	switch field {
	case "email", "domain":
		part = strings.ToLower(part)
		for strings.HasPrefix(part, "mailto:") {
			part = strings.TrimPrefix(part, "mailto:")
		}
		at := strings.LastIndexByte(part, '@') + 1
		if ascii, ok := domainOf(part[at:]); ok && op == EndsWith {
			part = part[:at] + ascii
		}
	case "language":
		part = strings.ReplaceAll(part, "_", "-")
		if tag := strings.TrimRight(part, "-"); op == StartsWith {
			part = rekey.TypedLanguage(tag) + part[len(tag):]
		}
	case "time_zone":
		part = strings.ReplaceAll(part, " ", "_")
	}
	return part
}
