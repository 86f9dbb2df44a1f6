// Package manifest brings selections and automations into the state that a
// file describes, through the REST API: a file under version control can say
// what a server does. Applying it again changes nothing.
//
//	selections:
//	  - name: Staff
//	    expression: user.domain == "example.org"
//	automations:
//	  - name: Leaked credentials
//	    event_type: external
//	    event_filter:
//	      name: {operator: equals, value: siem.credential_leaked}
//	    job_type: send_new_password
//	    job_params: {use_event_parameter: true}
//	    selection: Staff
//	    delay: {unit: minutes, value: 5}
//	    time_frame:
//	      end: 2026-12-31T18:00:00+01:00
//	      days: [monday, tuesday, wednesday, thursday, friday]
//	    time_zone: Europe/Berlin
//	    active: true
//
// The fields are those of the API, but that system users are named by address
// and selections by name ("none" for none, left out for the built-in one), and
// that active says whether events start runs; left out, it stays as it is.
// Selections and automations are known by their names,
// without regard to case; those that the file does not name are left alone.
//
// What fails on the way leaves what came before it applied; applying the file
// again goes on from there.
package manifest
