package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"rekey/client"
)

type userImportCommand struct {
	remote

	File   string `arg:"" help:"CSV with a line of titles; - reads standard input."`
	DryRun bool   `help:"Read the file, and create nobody."`
}

// Help implements kong.HelpProvider.
func (userImportCommand) Help() string {
	return `Titles: address (needed), first_name, last_name, type (ui if left out), role (member if left out), language, time_zone, and attribute.NAME for attributes. Whoever is there already is left as they are. Each line that fails is told with its number, and the others go on.`
}

// importTitles are the titles but for those of attributes, and what each sets.
var importTitles = map[string]func(*client.User, string){
	"address":    func(u *client.User, s string) { u.Address = s },
	"first_name": func(u *client.User, s string) { u.FirstName = s },
	"last_name":  func(u *client.User, s string) { u.LastName = s },
	"type":       func(u *client.User, s string) { u.Type = s },
	"role":       func(u *client.User, s string) { u.Role = s },
	"language":   func(u *client.User, s string) { u.Language = s },
	"time_zone":  func(u *client.User, s string) { u.TimeZone = s },
}

const attributeTitle = "attribute."

// importLine is a system user and where they stand.
type importLine struct {
	number int
	user   client.User
}

type importCounts struct {
	Created int `json:"created"`
	Existed int `json:"existed"`
	Failed  int `json:"failed"`
}

// Run implements the command.
func (u *userImportCommand) Run(ctx context.Context, e *env) error {
	in, err := e.open(u.File)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	lines, err := readImport(in)
	if err != nil {
		return fmt.Errorf("%s: %w", u.File, err)
	}
	if u.DryRun {
		return e.say("%s: %d system users can be read.", u.File, len(lines))
	}
	c, err := u.client(e)
	if err != nil {
		return err
	}
	counts, err := u.create(ctx, e, c, lines)
	if err != nil {
		return err
	}
	if u.JSON {
		err = e.json(counts)
	} else {
		err = e.say("%d created, %d there already.", counts.Created, counts.Existed)
	}
	if counts.Failed > 0 {
		return fmt.Errorf("%s: %d of %d lines failed; put them right and import the file again", u.File, counts.Failed, len(lines))
	}
	return err
}

func (u *userImportCommand) create(ctx context.Context, e *env, c *client.Client, lines []importLine) (importCounts, error) {
	var counts importCounts
	bar := newProgress(e.stderr)
	defer bar.clear()
	for i, line := range lines {
		bar.show(i, len(lines), line.user.Address)
		_, err := c.CreateUser(ctx, line.user)
		var p *client.Problem
		switch {
		case err == nil:
			counts.Created++
		case errors.As(err, &p) && p.Status == http.StatusConflict:
			counts.Existed++
		case errors.As(err, &p) && p.Status == http.StatusUnprocessableEntity:
			counts.Failed++
			bar.clear()
			_, _ = fmt.Fprintf(e.stderr, "%s: line %d: %s\n", u.File, line.number, onLine(err.Error()))
		default:
			return counts, fmt.Errorf("line %d: %w (%d were created)", line.number, err, counts.Created)
		}
	}
	return counts, nil
}

// readImport reads the whole file before anything is done.
func readImport(in io.Reader) ([]importLine, error) {
	reader := csv.NewReader(in)
	reader.TrimLeadingSpace = true
	titles, err := reader.Read()
	if err != nil {
		return nil, fmt.Errorf("no line of titles, such as address,first_name,last_name: %w", err)
	}
	for i, title := range titles {
		titles[i] = strings.TrimSpace(strings.TrimPrefix(title, "\ufeff")) // Excel begins files with it
		attribute, found := strings.CutPrefix(titles[i], attributeTitle)
		if _, ok := importTitles[titles[i]]; !ok && (!found || attribute == "") {
			return nil, fmt.Errorf("the title %q is not known; see rekey user import --help", titles[i])
		}
	}
	if !slices.Contains(titles, "address") {
		return nil, errors.New("there is no title address")
	}
	var lines []importLine
	for {
		record, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return lines, nil
		}
		if err != nil {
			return nil, err
		}
		number, _ := reader.FieldPos(0)
		lines = append(lines, importLine{number, importedUser(titles, record)})
	}
}

func importedUser(titles, record []string) client.User {
	u := client.User{Type: "ui", Role: "member"}
	for i, text := range record {
		text = strings.TrimSpace(text)
		if text == "" {
			continue
		}
		if set, ok := importTitles[titles[i]]; ok {
			set(&u, text)
			continue
		}
		if u.Attributes == nil {
			u.Attributes = map[string]string{}
		}
		u.Attributes[strings.TrimPrefix(titles[i], attributeTitle)] = text
	}
	return u
}
