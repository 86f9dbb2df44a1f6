package rekey

import "strings"

// Role is the name of what a system user may do. It has a rank.
type Role string

// The built-in roles, from the highest rank to the lowest.
const (
	RoleAdministrator Role = "administrator" // rank 3
	RoleManager       Role = "manager"       // rank 2
	RoleOperator      Role = "operator"      // rank 1
	RoleMember        Role = "member"        // rank 0
)

// Ranks that a rule asks for by name.
const (
	RankMember        = 0
	RankOperator      = 1 // may create automations and selections
	RankManager       = 2
	RankAdministrator = 3 // settings, mail, keys
	rankSystem        = 4 // Rekey itself, see SystemAuthority
)

// Roles lists the built-in roles from the highest rank to the lowest.
func Roles() []Role {
	return []Role{RoleAdministrator, RoleManager, RoleOperator, RoleMember}
}

// Rank returns 0 to 3; an unknown role has the lowest rank.
func (r Role) Rank() int {
	switch r {
	case RoleAdministrator:
		return RankAdministrator
	case RoleManager:
		return RankManager
	case RoleOperator:
		return RankOperator
	default:
		return RankMember
	}
}

// Label is the name of the role for people: "Administrator".
func (r Role) Label() string {
	first := min(1, len(r))
	return strings.ToUpper(string(r[:first])) + string(r[first:])
}

// Valid reports whether r is a built-in role.
func (r Role) Valid() bool { return r == RoleMember || r.Rank() > RankMember }

// Authority says on whose behalf something is done: a system user with their rank
// at that moment, or Rekey itself. A rank below RankMember may do nothing.
type Authority struct {
	UserID string
	Rank   int
}

// SystemAuthority is Rekey's own authority, above every rank. It is for runs that
// people asked for in person, and for what has no owner.
func SystemAuthority() Authority { return Authority{Rank: rankSystem} }

// MayView reports whether a may see the record of u, and have u shown or counted in a
// preview: a needs the same rank or a higher one.
func (a Authority) MayView(u SystemUser) bool { return a.Rank >= u.Role.Rank() }

// MaySetPassword reports whether a may set or send the password of u: a needs a
// higher rank. Administrators may set each other's. Nobody may set their own this
// way.
func (a Authority) MaySetPassword(u SystemUser) bool {
	if a.UserID != "" && a.UserID == u.ID {
		return false
	}
	return a.Rank > u.Role.Rank() || a.Rank == RankAdministrator
}

// MayChange reports whether a may change the address, type, role, status or tokens
// of u. The rule is that of passwords, because a changed address would receive the
// password.
func (a Authority) MayChange(u SystemUser) bool { return a.MaySetPassword(u) }

// WhoMayChange names those who may change u, for a message to a, who may not:
// "a Manager or an Administrator".
func (a Authority) WhoMayChange(u SystemUser) string {
	switch {
	case u.Role == RoleAdministrator && a.UserID == u.ID:
		return "another Administrator"
	case u.Role.Rank() >= RankManager:
		return "an Administrator"
	case u.Role == RoleOperator:
		return "a Manager or an Administrator"
	default:
		return "an Operator, a Manager or an Administrator"
	}
}

// MayGrant reports whether a may give somebody the role r, which must not rank
// above a.
func (a Authority) MayGrant(r Role) bool { return a.Rank >= r.Rank() }

// MayDefine reports whether a may create automations and selections.
func (a Authority) MayDefine() bool { return a.Rank >= RankOperator }

// MayManage reports whether a may change, activate, approve or retry what belongs
// to an owner with this id and rank. The owner may, and so may everybody of the
// owner's rank or a higher one, from Operator up.
func (a Authority) MayManage(ownerID string, ownerRank int) bool {
	return a.MayDefine() && (a.UserID != "" && a.UserID == ownerID || a.Rank >= ownerRank)
}

// MayAdminister reports whether a may do what only Administrators may: pause and
// resume, send a test mail, and manage what has no owner.
func (a Authority) MayAdminister() bool { return a.Rank >= RankAdministrator }
