package directorytest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// The files of writeCertificates in their folder.
const (
	caFile          = "ca.pem"
	certificateFile = "certificate.pem"
	keyFile         = "key.pem"
)

// validFor is how long the certificates of a test are valid.
const validFor = 30 * 24 * time.Hour

// writeCertificates makes a certificate authority, and a certificate for a name and
// an address, in a folder. The key of the authority is not kept.
func writeCertificates(folder, name string, address net.IP) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	authorityKey, err1 := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	serverKey, err2 := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	now := time.Now()
	authority := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Rekey test authority"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(validFor),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	server := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(validFor),
		DNSNames: []string{name}, IPAddresses: []net.IP{address, net.IPv4(127, 0, 0, 1)},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	authorityBytes, err1 := x509.CreateCertificate(rand.Reader, authority, authority, authorityKey.Public(), authorityKey)
	serverBytes, err2 := x509.CreateCertificate(rand.Reader, server, authority, serverKey.Public(), authorityKey)
	keyBytes, err3 := x509.MarshalPKCS8PrivateKey(serverKey)
	return errors.Join(err1, err2, err3,
		writePEM(filepath.Join(folder, caFile), "CERTIFICATE", authorityBytes),
		writePEM(filepath.Join(folder, certificateFile), "CERTIFICATE", serverBytes),
		writePEM(filepath.Join(folder, keyFile), "PRIVATE KEY", keyBytes))
}

func writePEM(file, kind string, content []byte) error {
	return os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content}), 0o600)
}
