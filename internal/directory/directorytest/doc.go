// Package directorytest runs real directory servers on loopback, for tests and for
// the demonstration: OpenLDAP (slapd) and Samba as an Active Directory domain
// controller. It also has Fake, a directory in memory.
//
//	server, err := directorytest.StartSlapd(ctx, directorytest.SlapdOptions{})
//	defer server.Close()
//	err = server.Add(ctx, directorytest.Person{Login: "ada", Address: "ada@example.org", Password: "…"})
//	d, err := directory.Open(server.Settings(), time.Now)
//
// All three have the methods of Server: they do what an administrator of the
// directory does, and try to log in as a program outside Rekey does. A Proxy stands
// between Rekey and a server, and loses replies or makes them up.
//
// A server has its own folder, address on loopback, certificate authority and
// passwords. It ends with Close, and also when the process that started it ends in
// any way. The programs come from the Debian packages that
// scripts/install-test-servers installs. Samba runs as root only, because its ports
// cannot be chosen.
package directorytest
