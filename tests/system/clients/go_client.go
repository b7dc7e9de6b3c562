// SPDX-License-Identifier: MIT

// Go's net and net/http, which make system calls without libc.
//
// usage: go_client get|dial|many|serve HOST PORT
package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"os"
	"strings"
	"sync"
)

func fail(err error) {
	fmt.Println(err)
	os.Exit(1)
}

// who returns the server's word, and the peer of the connection that was made for it.
func who(address string) (string, string, error) {
	peer := ""
	trace := &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) {
		peer = info.Conn.RemoteAddr().String()
	}}
	request, err := http.NewRequest("GET", "http://"+address+"/who", nil)
	if err != nil {
		return "", "", err
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Do(request.WithContext(httptrace.WithClientTrace(request.Context(), trace)))
	if err != nil {
		return "", "", err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return strings.TrimSpace(string(text)), peer, err
}

func get(address string) {
	word, peer, err := who(address)
	if err != nil {
		fail(err)
	}
	fmt.Println("peer", peer)
	fmt.Println(word)
}

func dial(address string) {
	connection, err := net.Dial("tcp", address)
	if err != nil {
		fail(err)
	}
	fmt.Println("peer", connection.RemoteAddr())
	fmt.Fprintf(connection, "GET /who HTTP/1.0\r\n\r\n")
	text, err := io.ReadAll(connection)
	if err != nil {
		fail(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	fmt.Println(lines[len(lines)-1])
}

// many prints how many goroutines had which outcome.
func many(address string) {
	var group sync.WaitGroup
	var lock sync.Mutex
	outcomes := map[string]int{}
	for i := 0; i < 200; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			word, peer, err := who(address)
			lock.Lock()
			defer lock.Unlock()
			if err != nil {
				outcomes[err.Error()]++
			} else {
				outcomes[peer+" "+word]++
			}
		}()
	}
	group.Wait()
	for outcome, count := range outcomes {
		fmt.Println(count, outcome)
	}
}

// serve answers with its word, and prints the clients' addresses as they connect.
func serve(address string) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		fail(err)
	}
	fmt.Println("ready")
	server := http.Server{
		ConnState: func(connection net.Conn, state http.ConnState) {
			if state == http.StateNew {
				host, _, _ := net.SplitHostPort(connection.RemoteAddr().String())
				fmt.Println("accepted from", host)
			}
		},
		Handler: http.HandlerFunc(func(answer http.ResponseWriter, _ *http.Request) {
			fmt.Fprintln(answer, "unhairpin")
		}),
	}
	fail(server.Serve(listener))
}

func main() {
	kinds := map[string]func(string){"get": get, "dial": dial, "many": many, "serve": serve}
	kinds[os.Args[1]](net.JoinHostPort(os.Args[2], os.Args[3]))
}
