// Package admin holds the actions of people who administer: on users,
// selections, automations, runs and tokens. Each action checks who may do it.
//
// Every method takes the actor as read from the database for this request. The
// actor's role at that moment decides what they may do. An actor who may not
// view a system user is told that there is no such user.
//
//	actor ──may they?──► change ──valid?──► transaction: check again what others
//	                                        may have changed, write, record event
//
// One transaction stores all changes of a method and the event that it records.
// On failure nothing is stored. If the input is bad, the error is a
// *rekey.Error that names the fields.
//
// Where to look: who may do what is in permission.go. Each noun has its actions in
// its own file (automations.go, users.go, runs.go); owners change in transfer.go, for
// one thing and for all that somebody owns. Previews are in automation_preview.go.
package admin
