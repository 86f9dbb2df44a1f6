package userfile

import (
	"fmt"

	"rekey"
)

// ErrTooLarge is the error of a file with more than MaxBytes.
var ErrTooLarge = rekey.NewError(rekey.CodeTooLarge, "The file is larger than 5 MiB. Split it into smaller files.")

// bad returns the error of a line.
func bad(number int, message string) error {
	err := rekey.Invalid("", message)
	err.Fields[0].Line = number
	return err
}

func errTooWide(number int) error {
	return bad(number, fmt.Sprintf("There are more than %d cells. At most %d columns are read.", maxColumns, maxColumns))
}

func errQuoteWithin(number int) error {
	return bad(number, "A quotation mark is in the wrong place. Put the whole field in quotation marks, and write each quotation mark inside it twice.")
}

func errUnclosed(number int) error {
	return bad(number, "A quotation mark on this line is not closed, or there is text between the closing mark and the next separator. The lines after it were not read.")
}

// Shortened returns at most the first letters of what stands in a file, with "…" for
// the rest.
func Shortened(text string, letters int) string {
	if all := []rune(text); len(all) > letters {
		return string(all[:letters]) + "…"
	}
	return text
}
