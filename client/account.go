package client

import "context"

// PasswordChange chooses one's own password.
type PasswordChange struct {
	CurrentPassword string `json:"current_password" doc:"The chosen password, or the mailed one."`
	NewPassword     string `json:"new_password" doc:"The new password. If it breaks a rule, the answer is 422 and lists the rules."`
}

// Account says who is calling.
type Account struct {
	User User   `json:"system_user" doc:"The caller."`
	By   string `json:"authenticated_by" enum:"password,token" doc:"How the caller was recognised."`
}

// ChangePassword chooses one's own password. It is the one call that a mailed
// password may make.
func (c *Client) ChangePassword(ctx context.Context, change PasswordChange) error {
	return c.do(ctx, call{method: "PUT", path: "/account/password", body: change}, nil)
}

// Account returns who is calling.
func (c *Client) Account(ctx context.Context) (Account, error) {
	var a Account
	err := c.do(ctx, call{method: "GET", path: "/account"}, &a)
	return a, err
}
