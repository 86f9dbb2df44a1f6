package directorytest

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"rekey/internal/directory"
)

// privileged reports whether a person of a Fake is protected by a group, as on AD.
func (f *Fake) privileged(p *fakePerson) bool {
	return f.kind == directory.AD && slices.ContainsFunc(f.allGroups(p), func(group string) bool {
		return slices.Contains([]string{"Domain Admins", "Administrators", "Backup Operators"}, group)
	})
}

// Add implements Server.
func (f *Fake) Add(_ context.Context, p Person) (directory.Key, error) {
	p = p.complete()
	f.mu.Lock()
	defer f.mu.Unlock()
	person := &fakePerson{
		login: p.Login, password: p.Password,
		Account: directory.Account{
			Key: directory.Key(uuid.NewString()), DN: "uid=" + p.Login, Address: p.Address,
			FirstName: p.FirstName, LastName: p.LastName, CreatedAt: f.now(), PasswordChangedAt: f.now(),
		},
	}
	f.touch(person)
	person.Token = directory.Token(fmt.Sprintf("t%d", f.writes))
	for name, values := range p.Attributes {
		person.setAttribute(name, values)
	}
	f.people[person.Key] = person
	return person.Key, nil
}

// change calls a function with the person of a login.
func (f *Fake) change(login string, do func(*fakePerson)) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, p := range f.people {
		if p.login == login {
			do(p)
			f.touch(p)
			return nil
		}
	}
	return fmt.Errorf("nobody is called %s", login)
}

// setAttribute sets an attribute by one of its names in the real directories.
func (p *fakePerson) setAttribute(name string, values []string) {
	value := ""
	if len(values) > 0 {
		value = values[0]
	}
	switch name {
	case "mail":
		p.Address = value
	case "givenName":
		p.FirstName = value
	case "sn":
		p.LastName = value
	case "servicePrincipalName":
		p.API = value != ""
	case "objectClass":
		p.API = slices.Contains(values, "simpleSecurityObject")
	case "accountExpires", "pwdEndTime": // tests set one that is over
		p.Blocked = value != ""
	case "adminCount":
		p.Protected = value == "1"
	default:
		if p.Attributes == nil {
			p.Attributes = map[string]string{}
		}
		p.Attributes[name] = value
	}
}

// Set implements Server.
func (f *Fake) Set(_ context.Context, login, attribute string, values ...string) error {
	return f.change(login, func(p *fakePerson) { p.setAttribute(attribute, values) })
}

// SetPassword implements Server.
func (f *Fake) SetPassword(_ context.Context, login, password string) error {
	return f.change(login, func(p *fakePerson) { f.set(p, password) })
}

// Block implements Server.
func (f *Fake) Block(_ context.Context, login string) error {
	return f.change(login, func(p *fakePerson) {
		p.Blocked, p.LockedByAdmin = f.kind == directory.AD, f.kind != directory.AD
	})
}

// SetPolicy implements Server.
func (f *Fake) SetPolicy(_ context.Context, login string, policy Policy) error {
	return f.change(login, func(p *fakePerson) {
		p.maxFailures = policy.MaxFailures
		p.Policy = directory.Policy{
			MinLength: policy.MinLength, Complex: policy.Complex, History: policy.History,
			MinAge: policy.MinAge, MaxAge: policy.MaxAge, NeedsOld: policy.NeedsOld,
		}
	})
}

// Join implements Server.
func (f *Fake) Join(_ context.Context, login, group string) error {
	return f.change(login, func(p *fakePerson) {
		p.groups = append(p.groups, group)
		p.Protected = p.Protected || f.privileged(p)
	})
}

// JoinGroup implements Server.
func (f *Fake) JoinGroup(_ context.Context, member, group string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.nested[group] = append(f.nested[group], member)
	for _, p := range f.people {
		p.Protected = p.Protected || f.privileged(p)
	}
	return nil
}

// allGroups returns the groups of a person, on AD with the groups that these are
// members of.
func (f *Fake) allGroups(p *fakePerson) []string {
	all := slices.Clone(p.groups)
	if f.kind != directory.AD {
		return all
	}
	for i := 0; i < len(all); i++ {
		for group, members := range f.nested {
			if slices.Contains(members, all[i]) && !slices.Contains(all, group) {
				all = append(all, group)
			}
		}
	}
	return all
}

// Rename implements Server.
func (f *Fake) Rename(_ context.Context, login, name string) error {
	return f.change(login, func(p *fakePerson) { p.DN = "cn=" + name })
}

// Move implements Server.
func (f *Fake) Move(_ context.Context, login, unit string) error {
	return f.change(login, func(p *fakePerson) {
		p.outside, p.Unit = unit == "", unit
		first, _, _ := strings.Cut(p.DN, ",")
		p.DN = first + ",ou=" + unit
	})
}

// Delete implements Server.
func (f *Fake) Delete(_ context.Context, login string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for key, p := range f.people {
		if p.login == login {
			delete(f.people, key)
			return nil
		}
	}
	return fmt.Errorf("nobody is called %s", login)
}

// CanBind implements Server. The old-password grace of AD is not imitated.
func (f *Fake) CanBind(_ context.Context, login, password string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.down {
		return ErrDown
	}
	for _, p := range f.people {
		if p.login != login {
			continue
		}
		if p.password == password && !p.Blocked && !p.Locked && !p.LockedByAdmin {
			p.failures = 0
			return nil
		}
		if p.failures++; p.failures == p.maxFailures {
			p.Locked = true
			f.touch(p)
		}
	}
	return ErrRefused
}
