package console

import (
	"slices"
	"strings"

	"rekey"
	"rekey/internal/console/view"
)

// zoneOptions are the time zones by region, always with the chosen one: LoadZone also
// takes names that are not in the list. first are other options.
func zoneOptions(chosen string, first ...view.Option) []view.Option {
	names := rekey.ZoneNames()
	if chosen != "" && !slices.Contains(names, chosen) {
		first = append(first, view.Option{Value: chosen, Label: chosen})
	}
	for _, name := range names {
		region, place, inRegion := strings.Cut(name, "/")
		o := view.Option{Value: name, Label: name}
		if inRegion {
			o.Group, o.Label = region, strings.NewReplacer("_", " ", "/", ": ").Replace(place)
		}
		first = append(first, o)
	}
	// What has no region stands before the groups.
	slices.SortStableFunc(first, func(a, b view.Option) int { return strings.Compare(a.Group, b.Group) })
	return view.Choose(first, chosen)
}

// languageOptions are the languages of the mails, with the system's default if wanted,
// and always with the chosen tag. A tag such as de-CH gets the mails in German.
func (c *Console) languageOptions(chosen string, withDefault bool) []view.Option {
	var options []view.Option
	if withDefault {
		options = append(options, view.Option{Label: "System default"})
	}
	if c.Mail != nil {
		if withDefault {
			options[0].Label += " (" + languageName(c.Mail.Language()) + ")"
		}
		for _, tag := range c.Mail.Languages() {
			options = append(options, view.Option{Value: tag, Label: languageName(tag)})
		}
	}
	if !slices.ContainsFunc(options, func(o view.Option) bool { return o.Value == chosen }) {
		options = append(options, view.Option{Value: chosen, Label: chosen})
	}
	return view.Choose(options, chosen)
}
