package selection

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"rekey"
)

// complete checks a row and returns it as Parse would read it: numbers without
// leading zeros, times in UTC, addresses in lower case.
func complete(row Row) (Row, error) {
	var p rekey.Problems
	f, key, ok := fieldOf(row.Field)
	if !ok {
		p.Add("field", "Choose one of "+strings.Join(fieldNames(), ", ")+".")
		return row, p.Err()
	}
	if f.Kind == KindAttribute {
		key = rekey.TypedText(key)
		row.Field = AttributePrefix + key
	}
	if f.Kind == KindAttribute && !validKey(key) {
		p.Add("field", fmt.Sprintf("The name of an attribute must have 1 to %d characters and no line breaks.", rekey.MaxAttributeKey))
	}
	if !slices.Contains(f.Operators, row.Operator) {
		p.Add("operator", "Choose one of "+joined(f.Operators)+".")
		return row, p.Err()
	}
	value, problem := completeValue(f, row.Operator, row.Value)
	if problem != "" {
		p.Add("value", problem)
	}
	row.Value = value
	return row, p.Err()
}

func validKey(key string) bool {
	return key != "" && utf8.ValidString(key) && utf8.RuneCountInString(key) <= rekey.MaxAttributeKey &&
		!strings.ContainsFunc(key, unicode.IsControl)
}

func joined(operators []Operator) string {
	names := make([]string, len(operators))
	for i, o := range operators {
		names[i] = string(o)
	}
	return strings.Join(names, ", ")
}

// completeValue returns the completed value, or what would be right.
func completeValue(f Field, op Operator, value string) (completed, problem string) {
	if !op.TakesValue() {
		if value != "" {
			return value, "Leave the value empty for this operator."
		}
		return "", ""
	}
	switch f.Kind {
	case KindText, KindAttribute, KindList:
		return completeText(f, op, value)
	case KindChoice, KindYesNo:
		return completeChoice(f, op, value)
	case KindNumber:
		return wholeNumber(value)
	default:
		if op == DaysAgo || op == WithinDays {
			return wholeNumber(value)
		}
		return completeMoment(value)
	}
}

func completeText(f Field, op Operator, value string) (string, string) {
	switch {
	case !utf8.ValidString(value) || strings.ContainsFunc(value, unicode.IsControl):
		return value, "A text must not contain line breaks or control characters."
	case utf8.RuneCountInString(value) > rekey.MaxAttributeValue:
		return value, "A text has at most 500 characters."
	case op == OneOf:
		return completeList(f, value)
	}
	value = asWritten(f, op, value)
	if value == "" && op != Is && op != IsNot {
		return value, "Give a text."
	}
	return value, ""
}

// asWritten returns a value as the field is written, or as it is if it cannot be read.
func asWritten(f Field, op Operator, value string) string {
	switch {
	case f.Kind == KindList:
		op = Is // an element of the list
	case op == ContainsNot:
		op = Contains
	}
	right, problem := writtenText(f.Name, value, op)
	switch {
	case problem == "":
		return right
	case f.Name == "email" || f.Name == "domain":
		return strings.ToLower(value) // emailOf compares in lower case
	default:
		return value
	}
}

func completeList(f Field, value string) (string, string) {
	items := strings.Split(value, ",")
	for i, item := range items {
		items[i] = asWritten(f, OneOf, strings.TrimSpace(item))
		if items[i] == "" {
			return value, "Give one or more values, separated by commas."
		}
	}
	return strings.Join(items, ", "), ""
}

func completeChoice(f Field, op Operator, value string) (string, string) {
	completed := asWritten(f, op, value)
	items := []string{completed}
	if op == OneOf {
		var problem string
		if completed, problem = completeList(f, value); problem != "" {
			return value, problem
		}
		items = strings.Split(completed, ", ")
	}
	for _, item := range items {
		if !slices.Contains(f.Values, item) {
			return value, rekey.ChooseFrom(f.Values)
		}
	}
	return completed, ""
}

func wholeNumber(value string) (string, string) {
	n, err := strconv.Atoi(value)
	if err != nil || n < 0 || n > maxDays {
		return value, "Give a whole number from 0 to 100,000."
	}
	return strconv.Itoa(n), ""
}

// completeMoment accepts RFC 3339 or a date, which begins at midnight UTC.
func completeMoment(value string) (string, string) {
	at, err := rekey.ParseTime(value)
	if err != nil {
		if at, err = time.Parse(time.DateOnly, value); err != nil {
			return value, "Give a moment such as 2026-01-31T08:00:00Z, or a date such as 2026-01-31."
		}
	}
	if at = at.UTC(); at.Year() < 1 || at.Year() > 9999 {
		return value, "Give a year from 1 to 9999."
	}
	return at.Format(time.RFC3339), ""
}
