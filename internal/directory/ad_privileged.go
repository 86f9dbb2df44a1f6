package directory

import (
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/go-ldap/ldap/v3"
)

// The groups with power over the directory, which Microsoft calls protected: those of
// every computer, by their SIDs, and those of the domain, by their RIDs ([MS-DTYP]
// 2.4.2.4).
var (
	adBuiltinGroups = []string{
		"S-1-5-32-544", // Administrators
		"S-1-5-32-548", // Account Operators
		"S-1-5-32-549", // Server Operators
		"S-1-5-32-550", // Print Operators
		"S-1-5-32-551", // Backup Operators
		"S-1-5-32-552", // Replicators
	}
	adDomainGroups = []int{
		512, // Domain Admins
		516, // Domain Controllers
		518, // Schema Admins
		519, // Enterprise Admins
		520, // Group Policy Creator Owners
		521, // Read-only Domain Controllers
		526, // Key Admins
		527, // Enterprise Key Admins
	}
)

// privilegedGroups returns the groups with power over the directory, and all groups
// that are members of them in any way: by DN in lower case, by SID and, for the primary
// group of an account, by RID. It goes down from group to member, level by level: a
// search by the server for members in any way takes a hundred times as long on Samba.
func (s *session) privilegedGroups() (map[string]bool, error) {
	domain := sid(s.domain.head.GetEqualFoldRawAttributeValue("objectSid"))
	head := s.root.GetEqualFoldAttributeValue("defaultNamingContext")
	var alternatives []string
	for _, group := range adBuiltinGroups {
		alternatives = append(alternatives, "(objectSid="+group+")")
	}
	for _, rid := range adDomainGroups {
		alternatives = append(alternatives, fmt.Sprintf("(objectSid=%s-%d)", domain, rid))
	}
	privileged := map[string]bool{}
	for len(alternatives) > 0 {
		level := alternatives[:min(len(alternatives), pageSize)]
		alternatives = alternatives[len(level):]
		filter := "(&(objectClass=group)(|" + strings.Join(level, "") + "))"
		err := s.searchPages(head, filter, []string{"objectSid"}, pageSize, func(entries []*ldap.Entry) error {
			for _, e := range entries {
				dn := strings.ToLower(e.DN)
				if privileged[dn] {
					continue // a circle
				}
				privileged[dn], privileged[rid(e)] = true, true
				privileged[sid(e.GetEqualFoldRawAttributeValue("objectSid"))] = true
				alternatives = append(alternatives, "(memberOf="+ldap.EscapeFilter(e.DN)+")")
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return privileged, nil
}

// isPrivileged reports whether an account has power over the directory, or is Rekey's
// own. adminCount stays 1 when the account has left the groups; it stays protected.
func (s *session) isPrivileged(e *ldap.Entry) bool {
	if number(e, "adminCount") == 1 || s.domain.privileged[e.GetEqualFoldAttributeValue("primaryGroupID")] {
		return true
	}
	for _, group := range e.GetEqualFoldAttributeValues("memberOf") {
		if s.domain.privileged[strings.ToLower(group)] {
			return true
		}
	}
	own := sid(e.GetEqualFoldRawAttributeValue("objectSid"))
	return own != "" && own == s.domain.self
}

// sid writes a security identifier as text ([MS-DTYP] 2.4.2.1); "" if it is none.
func sid(b []byte) string {
	if len(b) < 8 || len(b) != 8+4*int(b[1]) {
		return ""
	}
	var authority [8]byte
	copy(authority[2:], b[2:8])
	var text strings.Builder
	fmt.Fprintf(&text, "S-%d-%d", b[0], binary.BigEndian.Uint64(authority[:]))
	for rest := b[8:]; len(rest) > 0; rest = rest[4:] {
		fmt.Fprintf(&text, "-%d", binary.LittleEndian.Uint32(rest))
	}
	return text.String()
}

// rid is the last part of the SID of an entry.
func rid(e *ldap.Entry) string {
	text := sid(e.GetEqualFoldRawAttributeValue("objectSid"))
	return text[strings.LastIndexByte(text, '-')+1:]
}
