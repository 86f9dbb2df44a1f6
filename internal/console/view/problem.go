package view

import (
	"fmt"

	"rekey"
)

// Problem has the errors of a form.
type Problem struct {
	Status int // of HTTP
	// Message is an error that belongs to no field.
	Message string
	Fields  []rekey.FieldError
}

// Any reports whether there are errors.
func (p Problem) Any() bool { return p.Message != "" || len(p.Fields) > 0 }

// pleaseCorrect stands above a list of errors.
func pleaseCorrect(n int) string {
	if n == 1 {
		return "Please correct this:"
	}
	return fmt.Sprintf("Please correct %d things:", n)
}

// Of returns the errors of a field.
func (p Problem) Of(field string) []string {
	var messages []string
	for _, f := range p.Fields {
		if f.Field == field {
			messages = append(messages, f.Message)
		}
	}
	return messages
}
