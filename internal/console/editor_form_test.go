package console_test

import (
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// attribute returns an attribute of an element, and whether it has one.
func attribute(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

// controls returns what a browser would send of the editor: its successful
// controls except the buttons (HTML, 4.10.22.4).
func controls(t *testing.T, page string) url.Values {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	sent := url.Values{}
	var walk func(n *html.Node, inside bool)
	walk = func(n *html.Node, inside bool) {
		if own, _ := attribute(n, "id"); own == "editor" {
			inside = true
		}
		if name, named := attribute(n, "name"); inside && n.Type == html.ElementNode && named {
			if value, ok := controlled(n); ok {
				sent.Add(name, value)
			}
		}
		for child := n.FirstChild; child != nil; child = child.NextSibling {
			walk(child, inside)
		}
	}
	walk(root, false)
	if len(sent) == 0 {
		t.Fatalf("there is no editor:\n%s", page)
	}
	return sent
}

// controlled returns what an element would send, and whether it does.
func controlled(n *html.Node) (value string, sent bool) {
	if _, disabled := attribute(n, "disabled"); disabled {
		return "", false
	}
	switch n.Data {
	case "input":
		value, _ = attribute(n, "value")
		_, checked := attribute(n, "checked")
		kind, _ := attribute(n, "type")
		return value, checked || kind != "radio" && kind != "checkbox"
	case "textarea":
		if n.FirstChild != nil {
			value = n.FirstChild.Data // the parser has taken the first line end away
		}
		return strings.ReplaceAll(value, "\n", "\r\n"), true
	case "select":
		first := true
		for option := range n.Descendants() {
			if option.Type != html.ElementNode || option.Data != "option" {
				continue
			}
			if _, chosen := attribute(option, "selected"); chosen || first {
				value, _ = attribute(option, "value")
			}
			first = false
		}
		return value, true
	}
	return "", false
}
