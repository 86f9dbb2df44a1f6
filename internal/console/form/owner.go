package form

import "net/http"

// Owner is the form that names a new owner, alone or as part of another action.
type Owner struct {
	Version int64
	Owner   string // an address; "" if nobody was named
}

// ReadOwner reads an Owner.
func ReadOwner(w http.ResponseWriter, r *http.Request) (Owner, error) {
	err := parse(w, r)
	return Owner{version(r), text(r, "owner")}, err
}
