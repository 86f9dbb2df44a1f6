// Command storybook serves every page of the console in every state, from fixtures.
package main

import (
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"rekey/internal/console/story"
)

func main() {
	address := flag.String("listen", "127.0.0.1:8088", "address to serve on")
	flag.Parse()
	if err := serve(*address); err != nil {
		fmt.Fprintln(os.Stderr, "storybook:", err)
		os.Exit(1)
	}
}

func serve(address string) error {
	pages, err := story.Handler()
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", address) //nolint:noctx // for as long as the program
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "The storybook is at http://%s/\n", listener.Addr())
	return (&http.Server{Handler: pages, ReadHeaderTimeout: 10 * time.Second}).Serve(listener)
}
