package rekey

import (
	_ "embed" // the names of the zones
	"path"
	"strings"
	"sync"
	"time"

	_ "time/tzdata" // a machine need not have the zones
)

// zones caches the time zones by name. There are about 600.
var zones sync.Map // name → *time.Location

//go:embed zone_names.txt
var zoneNames string

// ZoneNames lists the IANA time zones that forms offer, by name, without aliases.
// LoadZone also takes the aliases.
func ZoneNames() []string { return strings.Fields(zoneNames) }

// LoadZone returns an IANA time zone. Unlike time.LoadLocation it refuses "",
// "Local" and "localtime", which differ from machine to machine. Errors name the
// field "time_zone".
func LoadZone(name string) (*time.Location, error) {
	if zone, ok := zones.Load(name); ok {
		return zone.(*time.Location), nil //nolint:errcheck // nothing else is kept there
	}
	bad := Invalid("time_zone", "Give a time zone such as Europe/Berlin.")
	// "Europe/./Berlin" opens the same file but is not a name.
	if path.Clean(name) != name || name == "Local" || name == "localtime" {
		return nil, bad
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		bad.Cause = err
		return nil, bad
	}
	zones.Store(name, zone)
	return zone, nil
}
