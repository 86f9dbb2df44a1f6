package directory

import (
	"hash/maphash"
	"slices"
	"strings"

	"github.com/go-ldap/ldap/v3"
)

// members knows the groups of the people of an OpenLDAP server that the entries of the
// people do not name. It keeps a hash of each member and the numbers of the groups.
type members struct {
	names []string
	of    map[uint64][]uint32
	seed  maphash.Seed
}

// groups takes the groups of a person from memberOf, if the server keeps it (overlay
// memberof). Otherwise it reads the members of each group first, which takes about a
// kilobyte of memory for each member of the largest group.
func (openLDAP) groups(s *session, page func([]Membership) error) error {
	attributes := []string{s.kind.keyAttribute(), "uid", "memberOf"}
	kept, err := s.keepsMemberOf()
	if err != nil {
		return err
	}
	classes := "(objectClass=posixGroup)"
	if !kept {
		classes = "(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames)(objectClass=posixGroup))"
	}
	members, err := s.readMembers(classes, !kept)
	if err != nil {
		return err
	}
	return s.searchPages(s.settings.Base, s.settings.Filter, attributes, pageSize, func(entries []*ldap.Entry) error {
		memberships := make([]Membership, len(entries))
		for i, e := range entries {
			groups := members.groups(normalDN(e.DN))
			for _, uid := range e.GetEqualFoldAttributeValues("uid") {
				groups = append(groups, members.groups(uidMember(uid))...)
			}
			for _, dn := range e.GetEqualFoldAttributeValues("memberOf") {
				groups = append(groups, nameOfDN(dn))
			}
			slices.Sort(groups)
			memberships[i] = Membership{s.kind.key(e), slices.Compact(groups)}
		}
		return page(memberships)
	})
}

// keepsMemberOf reports whether the entry of any person names a group.
func (s *session) keepsMemberOf() (bool, error) {
	found, err := s.ask(ldap.NewSearchRequest(s.settings.Base, ldap.ScopeWholeSubtree, ldap.NeverDerefAliases, 1, 0, false,
		s.peopleFilter("(memberOf=*)"), []string{"1.1"}, nil))
	switch {
	case ldap.IsErrorWithCode(err, ldap.LDAPResultSizeLimitExceeded):
		return true, nil // more than one
	case err != nil:
		return false, err
	}
	return len(found.Entries) > 0, nil
}

// readMembers reads the members of the groups of some classes, one group at a time. With
// dns it reads those that are named by DN, too.
func (s *session) readMembers(classes string, dns bool) (*members, error) {
	m := &members{of: map[uint64][]uint32{}, seed: maphash.MakeSeed()}
	suffix, err := s.suffix()
	if err != nil {
		return nil, err
	}
	attributes := []string{"cn", "memberUid"}
	if dns {
		attributes = append(attributes, "member", "uniqueMember")
	}
	return m, s.searchPages(suffix, classes, attributes, 1, func(entries []*ldap.Entry) error {
		for _, e := range entries {
			m.names = append(m.names, e.GetEqualFoldAttributeValue("cn"))
			for _, attribute := range []string{"member", "uniqueMember"} {
				for _, dn := range e.GetEqualFoldAttributeValues(attribute) {
					m.join(normalDN(dn))
				}
			}
			for _, uid := range e.GetEqualFoldAttributeValues("memberUid") {
				m.join(uidMember(uid))
			}
		}
		return nil
	})
}

// join notes a member of the latest group.
func (m *members) join(member string) {
	hash := maphash.String(m.seed, member)
	m.of[hash] = append(m.of[hash], uint32(len(m.names)-1))
}

// groups returns the names of the groups of a member.
func (m *members) groups(member string) []string {
	var names []string
	for _, number := range m.of[maphash.String(m.seed, member)] {
		names = append(names, m.names[number])
	}
	return names
}

// uidMember is how members notes a uid. No DN looks like it.
func uidMember(uid string) string { return "uid " + strings.ToLower(uid) }

// normalDN writes a DN in one way, so that equal ones are equal texts.
func normalDN(dn string) string {
	parsed, err := ldap.ParseDN(dn)
	if err != nil {
		return strings.ToLower(dn)
	}
	return strings.ToLower(parsed.String())
}

// nameOfDN is the first value of a DN.
func nameOfDN(dn string) string {
	parsed, err := ldap.ParseDN(dn)
	if err != nil || len(parsed.RDNs) == 0 {
		return dn
	}
	return parsed.RDNs[0].Attributes[0].Value
}
