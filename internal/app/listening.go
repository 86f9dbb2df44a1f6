package app

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"syscall"

	"rekey"
)

// notListening says why the server cannot listen at an address, and what to do.
//
// Errors: CodeInvalid, naming the field listen, if another address is needed;
// CodeUnavailable if it may work later.
func notListening(address string, err error) error {
	_, port, _ := net.SplitHostPort(address)
	code := rekey.CodeUnavailable
	var message string
	var unknown *net.DNSError
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		message = fmt.Sprintf("%s is in use by another program; ss -ltnp 'sport = :%s' shows which. Stop that program, or choose another port.", address, port)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		message = fmt.Sprintf("This machine does not have the address in %s; ip address shows its addresses.", address)
	case errors.Is(err, fs.ErrPermission):
		code = rekey.CodeInvalid
		message = fmt.Sprintf("Only root may use a port as low as %s. Choose a port from 1024 up, with a proxy in front; or give the systemd unit AmbientCapabilities=CAP_NET_BIND_SERVICE, the same in CapabilityBoundingSet=, and PrivateUsers=no.", port)
	case errors.As(err, &unknown):
		code = rekey.CodeInvalid
		message = fmt.Sprintf("The name %s is not known here. Give an address such as 127.0.0.1:%s.", unknown.Name, port)
	default:
		return err
	}
	return &rekey.Error{Code: code, Message: message, Cause: err, Fields: []rekey.FieldError{{Field: "listen", Message: message}}}
}
