// Package manifest creates and changes selections and automations as a file
// describes them, through the REST API. So a file under version control can define
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
// The fields are those of the API, except that system users are named by address, and
// selections and automations by name. "none" means no selection; a selection left out means the
// built-in one. active says whether events start runs; trial: true in its place says that they
// start runs that send nothing. Left out, it stays as it is.
// Selections and automations are found by name, without regard to case. Those that
// the file does not name stay as they are.
//
// After an error, earlier changes stay applied. Applying the file again goes on from
// there.
package manifest
