package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

	"rekey"
)

// Resolver looks up TXT records.
type Resolver interface {
	LookupTXT(ctx context.Context, name string) ([]string, error)
}

// dns looks up the records with which receivers check mail from the sender's
// domain: SPF (RFC 7208), DKIM (RFC 6376), DMARC (RFC 7489).
func (d Doctor) dns(ctx context.Context, c Config, report func(rekey.Finding)) {
	sender, err := rekey.ParseAddress(c.SMTP.From)
	if err != nil {
		report(finding("dns", rekey.Ill, "The sender's address is not known.", "Set smtp.from."))
		return
	}
	if d.Resolver == nil {
		d.Resolver = net.DefaultResolver
	}
	report(d.record(ctx, "spf", sender.Domain, "v=spf1",
		"Publish a TXT record such as \"v=spf1 mx -all\" that names the mail server."))
	if c.DKIM.KeyFile != "" {
		report(d.record(ctx, "dkim", c.DKIM.Selector+"._domainkey."+c.DKIM.Domain, "p=",
			"Publish the public key that belongs to dkim.key_file."))
	}
	report(d.record(ctx, "dmarc", "_dmarc."+sender.Domain, "v=DMARC1",
		"Publish a TXT record such as \"v=DMARC1; p=quarantine\"."))
}

// record looks for a TXT record that contains mark.
func (d Doctor) record(ctx context.Context, check, name, mark, advice string) rekey.Finding {
	records, err := d.Resolver.LookupTXT(ctx, name)
	var missing *net.DNSError
	if err != nil && (!errors.As(err, &missing) || !missing.IsNotFound) {
		return finding(check, rekey.Doubtful, fmt.Sprintf("%s cannot be looked up: %v.", name, err), "Check the machine's name server.")
	}
	for _, text := range records {
		if strings.Contains(text, mark) {
			return finding(check, rekey.Well, name+": "+text, "")
		}
	}
	return finding(check, rekey.Doubtful, name+" does not exist.", advice)
}
