// Package view has the pages of the console: for each a struct with the content, and
// a template of the same name. It knows no store and no request, so both the console
// and the storybook can show a page from its struct.
//
//	Page struct ──► layout.html ⊃ <page>.html ⊃ parts/*.html ──► HTML
//
// The parts of a page that change in place are blocks of its template; Fragment
// renders one of them alone. Templates escape everything: a struct holds text, never
// HTML.
package view
