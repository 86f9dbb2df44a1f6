package directory

import (
	"context"
	"slices"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"rekey"
)

// Membership is one person with the names of all their groups, in alphabetical order.
type Membership struct {
	Key    Key
	Groups []string
}

// Groups calls page with the memberships of all people below the base, up to 200 people
// at a time. On AD they include the primary group and the groups that a group is a member
// of; on OpenLDAP only the groups that name the person. They are read by themselves,
// because joining a group does not change the entry of a person.
//
// Errors: what page returns, or the server's.
func (d *Directory) Groups(ctx context.Context, page func([]Membership) error) error {
	s, err := d.connect(ctx)
	if err != nil {
		return err
	}
	defer s.close()
	return s.kind.groups(s, page)
}

// Role returns the highest role that Settings.GroupRoles gives to a member of the groups;
// a Member without one, and "" where the settings leave roles to Rekey. Case does not
// matter in the name of a group.
func (d *Directory) Role(groups []string) rekey.Role {
	if len(d.settings.GroupRoles) == 0 {
		return ""
	}
	highest := rekey.RoleMember
	for group, role := range d.settings.GroupRoles {
		isMember := slices.ContainsFunc(groups, func(name string) bool { return strings.EqualFold(name, group) })
		if isMember && role.Rank() > highest.Rank() {
			highest = role
		}
	}
	return highest
}

// adGroup is a group of a domain.
type adGroup struct {
	name    string
	parents []string // DNs in lower case
	all     []string // the names of it and of all groups above it, once known
}

// groups follows memberOf upwards, which a search by the server would do anew for each
// group.
func (ad) groups(s *session, page func([]Membership) error) error {
	groups, byRID := map[string]*adGroup{}, map[string]*adGroup{}
	head := s.root.GetEqualFoldAttributeValue("defaultNamingContext")
	err := s.searchPages(head, "(objectClass=group)", []string{"sAMAccountName", "memberOf", "objectSid"}, pageSize, func(entries []*ldap.Entry) error {
		for _, e := range entries {
			group := &adGroup{name: e.GetEqualFoldAttributeValue("sAMAccountName")}
			for _, parent := range e.GetEqualFoldAttributeValues("memberOf") {
				group.parents = append(group.parents, strings.ToLower(parent))
			}
			groups[strings.ToLower(e.DN)], byRID[rid(e)] = group, group
		}
		return nil
	})
	if err != nil {
		return err
	}
	attributes := []string{"objectGUID", "memberOf", "primaryGroupID"}
	return s.searchPages(s.settings.Base, s.settings.Filter, attributes, pageSize, func(entries []*ldap.Entry) error {
		members := make([]Membership, len(entries))
		for i, e := range entries {
			direct := []*adGroup{byRID[e.GetEqualFoldAttributeValue("primaryGroupID")]}
			for _, dn := range e.GetEqualFoldAttributeValues("memberOf") {
				direct = append(direct, groups[strings.ToLower(dn)])
			}
			var names []string
			for _, group := range direct {
				names = append(names, group.names(groups)...)
			}
			slices.Sort(names)
			members[i] = Membership{s.kind.key(e), slices.Compact(names)}
		}
		return page(members)
	})
}

// names returns the names of a group and of all groups above it, which may be a circle.
func (g *adGroup) names(groups map[string]*adGroup) []string {
	if g == nil {
		return nil
	}
	if g.all != nil {
		return g.all
	}
	above, seen := []*adGroup{g}, map[*adGroup]bool{nil: true, g: true}
	for i := 0; i < len(above); i++ {
		g.all = append(g.all, above[i].name)
		for _, dn := range above[i].parents {
			if parent := groups[dn]; !seen[parent] {
				seen[parent] = true
				above = append(above, parent)
			}
		}
	}
	return g.all
}
