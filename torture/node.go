package main

import (
	"time"

	"rekey/internal/access"
	"rekey/internal/app"
	"rekey/internal/password"
	"rekey/internal/rig"
)

// nodeOn is a node on a database, whose mail goes to host:port.
func nodeOn(database, keys, mail string, lease time.Duration) (rig.Node, error) {
	smtp, err := rig.Mail(mail)
	// The limits are shorter than those of the RFC, or the sink's mute
	// connections would keep all others waiting for most of the storm.
	smtp.GreetingTimeout, smtp.CommandTimeout, smtp.DataTimeout = 20*time.Second, 30*time.Second, 30*time.Second
	smtp.BlockTimeout, smtp.AnswerTimeout = 30*time.Second, time.Minute
	return rig.Node{
		Config: app.Config{
			Listen: "127.0.0.1:0", Database: database, Keys: keys, SMTP: smtp, Migrate: true, StopTimeout: 20 * time.Second,
			TrustedProxies: []string{"127.0.0.0/8"}, // visitors come from addresses of their own
		},
		Lease: lease, Argon2: cheap, Limits: free,
	}, err
}

// free lifts the limits on log-ins, which other tests check.
var free = access.Limits{Failures: 1e6, AccountFailures: 1e6, PerSecond: 1e6, Burst: 1e6, ResetsPerSource: 1e6}

// cheap is a cost of chosen passwords at which two cores can log in a hundred
// times a second.
var cheap = password.Params{Memory: 64, Time: 1, Threads: 1}
