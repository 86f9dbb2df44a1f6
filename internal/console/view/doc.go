// Package view has the pages of the console: for each a struct with what it
// shows, and a template of the same name that shows it. It knows no store and no
// request: whoever has such a struct, a verb of the console or the storybook,
// can show the page.
//
//	Page struct ──► layout.html ⊃ <page>.html ⊃ parts/*.html ──► HTML
//
// A page whose parts change in place names them as blocks of its template;
// Fragment renders one of them alone. Templates escape everything: a struct
// holds text, never HTML.
package view
