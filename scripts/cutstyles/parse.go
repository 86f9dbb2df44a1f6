package main

import "strings"

// parse returns the rules of a style sheet without comments.
func parse(sheet string) []rule {
	var rules []rule
	for strings.TrimSpace(sheet) != "" {
		var r rule
		var body string
		r.prelude, sheet = cutAt(sheet, '{')
		body, sheet = cutAt(sheet, '}')
		if strings.HasPrefix(r.prelude, "@media") || strings.HasPrefix(r.prelude, "@keyframes") {
			r.rules = parse(body)
		} else {
			r.declarations = split(body, ';')
		}
		rules = append(rules, r)
	}
	return rules
}

// cutAt returns what stands before and after the first separator outside strings and
// brackets. Without one, everything stands before it.
func cutAt(text string, separator byte) (before, after string) {
	var quote byte
	depth := 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\':
			i++
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == separator && depth == 0:
			return strings.TrimSpace(text[:i]), text[i+1:]
		case strings.IndexByte("([{", c) >= 0:
			depth++
		case strings.IndexByte(")]}", c) >= 0:
			depth--
		}
	}
	return strings.TrimSpace(text), ""
}

// split returns the parts of the text between separators outside strings and brackets,
// without empty ones.
func split(text string, separator byte) []string {
	var parts []string
	for text != "" {
		var part string
		if part, text = cutAt(text, separator); part != "" {
			parts = append(parts, part)
		}
	}
	return parts
}

// written returns the text of the rules, one a line.
func written(rules []rule) string {
	var b strings.Builder
	for _, r := range rules {
		if r.rules != nil {
			b.WriteString(r.prelude + "{\n" + written(r.rules) + "}\n")
		} else {
			b.WriteString(r.prelude + "{" + strings.Join(r.declarations, ";") + "}\n")
		}
	}
	return b.String()
}
