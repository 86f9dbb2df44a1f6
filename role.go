package rekey

// Role is what a system user may do, as a name and a rank.
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

// Valid reports whether r is a built-in role.
func (r Role) Valid() bool { return r == RoleMember || r.Rank() > RankMember }

// Authority is on whose behalf something is done: a system user with the rank
// that they have at that moment, or Rekey itself. A rank below RankMember may do
// nothing at all.
type Authority struct {
	UserID string
	Rank   int
}

// SystemAuthority is Rekey's own: it stands above every rank. Two things act with
// it: a run for somebody who asked in person, and whatever has no owner.
func SystemAuthority() Authority { return Authority{Rank: rankSystem} }

// MayView reports whether a may see u, or have u shown or counted in a
// preview, a count or a list of deliveries: the same rank or a higher one.
func (a Authority) MayView(u SystemUser) bool { return a.Rank >= u.Role.Rank() }

// MaySetPassword reports whether a may set or send the password of u: a higher
// rank than u's; Administrators also each other's.
func (a Authority) MaySetPassword(u SystemUser) bool {
	if a.UserID != "" && a.UserID == u.ID {
		return false
	}
	return a.Rank > u.Role.Rank() || a.Rank == RankAdministrator
}

// MayChange reports whether a may change the address, type, role, status or
// tokens of u. The rule is the one for passwords: whoever can change an
// address can receive the password.
func (a Authority) MayChange(u SystemUser) bool { return a.MaySetPassword(u) }

// MayGrant reports whether a may give somebody the role r: nobody hands out a
// rank above their own.
func (a Authority) MayGrant(r Role) bool { return a.Rank >= r.Rank() }

// MayDefine reports whether a may create automations and selections.
func (a Authority) MayDefine() bool { return a.Rank >= RankOperator }

// MayManage reports whether a may change, activate, approve or retry what
// belongs to an owner of the given rank and id: the owner, and those at least
// as high.
func (a Authority) MayManage(ownerID string, ownerRank int) bool {
	return a.MayDefine() && (a.UserID != "" && a.UserID == ownerID || a.Rank >= ownerRank)
}

// MayAdminister reports whether a may do what only Administrators may: pause and
// resume, send a test mail, and manage what has no owner.
func (a Authority) MayAdminister() bool { return a.Rank >= RankAdministrator }
