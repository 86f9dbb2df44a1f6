package selection

import (
	"testing"

	"rekey"
)

// A missing attribute neither chooses anybody nor is it an error. Ada has the
// attributes team and level, and neither floor nor desk.
func TestMissingAttributeIsNoMatch(t *testing.T) {
	t.Parallel()
	for expression, want := range map[string]bool{
		`user.attributes.floor == "3"`:                                          false,
		`user.attributes["floor"] == "3"`:                                       false,
		`user.attributes.floor != "3"`:                                          false,
		`user.attributes["floor"] != "3"`:                                       false,
		`user.attributes.floor == ""`:                                           false,
		`!(user.attributes.floor == "3")`:                                       false,
		`!(user.attributes.floor != "3")`:                                       false,
		`!!(user.attributes.floor == "3")`:                                      false,
		`!(user.attributes.floor == "3" || user.attributes.floor == "4")`:       false,
		`!(user.attributes.floor == "3" && user.rank == 2)`:                     false,
		`user.attributes.floor == user.attributes.desk`:                         false,
		`user.attributes.floor == user.attributes.floor`:                        false,
		`user.attributes.floor in ["3", ""]`:                                    false,
		`!(user.attributes.floor in ["3"])`:                                     false,
		`user.attributes.floor.startsWith("")`:                                  false,
		`!user.attributes.floor.contains("x")`:                                  false,
		`user.attributes.floor < "4"`:                                           false,
		`user.attributes.floor >= ""`:                                           false,
		`size(user.attributes.floor) == 0`:                                      false,
		`int(user.attributes.floor) < 5`:                                        false,
		`user.attributes[user.first_name] != "x"`:                               false,
		`user.attributes[user.attributes.floor] != "x"`:                         false,
		`user.attributes.floor == "3" ? false : true`:                           false,
		`(user.uses_api ? user.attributes.desk : user.attributes.floor) != "3"`: false,
		`["3", "4"].all(f, user.attributes.floor != f)`:                         false,
		`!["3", "4"].exists(f, user.attributes.floor == f)`:                     false,
		`{"engines": "yes"}[user.attributes.floor] != "no"`:                     false,
		`user.attributes.floor == "3" && user.rank == 2`:                        false,
		`user.attributes.floor == "3" || user.rank == 3`:                        false,

		`user.groups[2] == "x"`: false,
		`user.groups[2] != "x"`: false,

		// The rest of the condition may decide alone.
		`user.attributes.floor == "3" || user.rank == 2`:                    true,
		`user.attributes.team == "engines" || user.attributes.floor == "3"`: true,
		`!(user.attributes.floor == "3" && user.rank == 3)`:                 true,

		// Who asks for those without the attribute gets them.
		`!has(user.attributes.floor)`:                                      true,
		`!("floor" in user.attributes)`:                                    true,
		`!has(user.attributes.floor) || user.attributes.floor != "3"`:      true,
		`has(user.attributes.floor) && user.attributes.floor != "3"`:       false,
		`has(user.attributes.floor) ? user.attributes.floor == "3" : true`: true,
		`user.attributes[?"floor"].orValue("") != "3"`:                     true,
		`user.attributes.?floor.orValue("none") == "none"`:                 true,
	} {
		if got, err := match(t, expression, ada()); got != want || err != nil {
			t.Errorf("%s: %v, %v; want %v", expression, got, err, want)
		}
	}
}

// A row says the same as the condition that a person writes.
func TestRowAboutAMissingAttributeIsNoMatch(t *testing.T) {
	t.Parallel()
	field, _, _ := fieldOf(AttributePrefix + "floor")
	for _, operator := range field.Operators {
		row := Row{Field: AttributePrefix + "floor", Operator: operator}
		if operator.TakesValue() {
			row.Value = "3"
		}
		expression, err := Render(Rows{All: true, Rows: []Row{row}})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := match(t, expression, ada()); got != (operator == Missing) || err != nil {
			t.Errorf("%s: %v, %v", expression, got, err)
		}
	}
	for _, user := range []rekey.SystemUser{{}, ada()} {
		if got, err := match(t, `user.attributes["floor"] == ""`, user); got || err != nil {
			t.Errorf("%s is chosen for an empty attribute that is not there (%v)", user.Address, err)
		}
	}
}
