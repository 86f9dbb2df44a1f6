package rekey

import (
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// MaxImport is the most system users in an import.
const MaxImport = 10_000

// Existing says what an import does with people who already exist.
type Existing string

// What an import does with people who already exist.
const (
	ExistingLeave  Existing = "leave"  // they stay as they are; the default
	ExistingUpdate Existing = "update" // they get what the file says; an empty cell changes nothing
	ExistingRefuse Existing = "refuse" // the whole file is refused
)

// Valid reports whether e is one of the three.
func (e Existing) Valid() bool {
	return e == ExistingLeave || e == ExistingUpdate || e == ExistingRefuse
}

// Imported counts what an import did, or would do.
type Imported struct {
	Created int `json:"created" doc:"How many system users are new."`
	Updated int `json:"updated" doc:"How many existed already and are changed."`
	Left    int `json:"left" doc:"How many existed already and do not change."`
}

// String returns the counts in words: "1,200 created, 1 updated, 2 left as they are".
func (i Imported) String() string {
	return message.NewPrinter(language.English).Sprintf("%d created, %d updated, %d left as they are", i.Created, i.Updated, i.Left)
}
