package directory

import "time"

// SetPatience sets how long d waits for a reply, for a test in which none comes.
func SetPatience(d *Directory, limit time.Duration) { d.patience = limit }

// WithoutPassword is withoutPassword.
var WithoutPassword = withoutPassword
