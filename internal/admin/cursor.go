package admin

import (
	"hash/crc32"
	"strconv"
	"strings"
)

// Cursor is what an address says of a place in a list: the place, and a sum that
// finds out a cursor that was cut short, mistyped or taken from another list. It
// keeps nothing secret.
func Cursor(list, place string) string {
	sum := crc32.ChecksumIEEE([]byte(list + " " + place))
	return place + "." + strconv.FormatUint(uint64(sum), 36)
}

// PlaceOf returns the place that a cursor stands for, and whether a page of the
// list has given that cursor out.
func PlaceOf(list, cursor string) (place string, ok bool) {
	place = cursor[:max(0, strings.LastIndexByte(cursor, '.'))]
	return place, place != "" && Cursor(list, place) == cursor
}
