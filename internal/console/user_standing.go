package console

import (
	"net/http"

	"rekey"
	"rekey/internal/access"
	"rekey/internal/console/view"
)

// standing says how a system user can log in, and what keeps them out.
func (c *Console) standing(r *http.Request, u rekey.SystemUser) ([]view.State, error) {
	s, err := c.Access.Standing(r.Context(), actor(r), u.ID)
	if err != nil {
		return nil, err
	}
	states := append([]view.State{statusOf(u)}, thereStates(u.Directory)...)
	if n := len(s.Mailed); n > 0 {
		states = append(states, c.mailedState(r, s.Mailed[0]))
		if n > 1 {
			states = append(states, view.State{Color: view.Grey, Word: view.Plural(n-1, "earlier password works, too", "earlier passwords work, too")})
		}
	}
	states = append(states, c.chosenState(r, s))
	if !s.LockedUntil.IsZero() {
		states = append(states, view.State{Color: view.Red, Word: "Locked until " + c.moment(r, s.LockedUntil).Clock() + " for log-ins from unfamiliar addresses"})
	}
	if !s.LockedSomewhereUntil.IsZero() {
		states = append(states, view.State{Color: view.Red, Word: "Locked until " + c.moment(r, s.LockedSomewhereUntil).Clock() + " for the addresses that sent wrong passwords"})
	}
	return states, nil
}

func (c *Console) mailedState(r *http.Request, m access.MailedPassword) view.State {
	expires := "expires " + c.moment(r, m.ValidUntil).Relative()
	if m.AcceptedAt.IsZero() {
		return view.State{Color: view.Amber, Word: "Mailed password, may have arrived, " + expires}
	}
	return view.State{Color: view.Amber, Word: "Mailed password, unused, " + expires}
}

func (c *Console) chosenState(r *http.Request, s access.Standing) view.State {
	since := c.moment(r, s.ChosenSince).Day()
	switch {
	case s.Directory != "" && !s.HasChosen:
		return view.State{Color: view.Amber, Word: "Password: revoked in " + s.Directory}
	case s.Directory != "" && s.Blocked:
		return view.State{Color: view.Grey, Word: "Password: in " + s.Directory}
	case s.Directory != "" && s.ChosenSince.IsZero():
		return view.State{Color: view.Green, Word: "Password: in " + s.Directory}
	case s.Directory != "":
		return view.State{Color: view.Green, Word: "Password: in " + s.Directory + " since " + since}
	case s.Blocked && s.HasChosen:
		return view.State{Color: view.Grey, Word: "Chosen password works again when they are restored"}
	case s.HasChosen && s.InForce:
		return view.State{Color: view.Green, Word: "Chosen password works since " + since}
	case s.HasChosen:
		return view.State{Color: view.Grey, Word: "Chosen password does not work while a mailed one is valid"}
	case !s.ChosenSince.IsZero():
		return view.State{Color: view.Amber, Word: "Chosen password was revoked"}
	default:
		return view.State{Color: view.Amber, Word: "Never chose a password"}
	}
}
