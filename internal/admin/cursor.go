package admin

import (
	"hash/crc32"
	"strconv"
	"strings"
)

// Cursor returns the text that stands for a place in a list in a URL: the place
// and a checksum. The checksum detects a cursor that was cut short, mistyped or
// taken from another list. A cursor is no secret and hides nothing.
func Cursor(list, place string) string {
	sum := crc32.ChecksumIEEE([]byte(list + " " + place))
	return place + "." + strconv.FormatUint(uint64(sum), 36)
}

// PlaceOf returns the place that a cursor stands for. ok reports whether its
// checksum fits this list.
func PlaceOf(list, cursor string) (place string, ok bool) {
	place = cursor[:max(0, strings.LastIndexByte(cursor, '.'))]
	return place, place != "" && Cursor(list, place) == cursor
}
